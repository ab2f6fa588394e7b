"""Attribution: to whose share, or to which channel, a paid order belongs. Once, and never anew."""
