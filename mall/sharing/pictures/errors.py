"""What is refused of a design."""

from __future__ import annotations

from mall.kernel.errors import ValidationFailed


class ShareLinkMissing(ValidationFailed):
    """A plain QR code needs the setting `sharing.code_link_prefix`."""

    code = "share_link_missing"
    message = "使用普通二维码前，请先在设置中填写分享码链接前缀"


class BackgroundMissing(ValidationFailed):
    """The background isn't a picture that staff uploaded here."""

    code = "background_missing"
    message = "背景图不存在，请重新上传"
