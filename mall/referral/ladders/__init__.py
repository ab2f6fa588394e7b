"""Ladders (邀新阶梯奖励): what inviters and invitees get for what the invitees buy."""
