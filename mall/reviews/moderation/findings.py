"""What a check may find, and how a shopper is told why a content was refused."""

from __future__ import annotations

from typing import Any

TEXT_RISKY, TEXT_REVIEW = "text_risky", "text_review"
PICTURE_RISKY, PICTURE_REVIEW = "picture_risky", "picture_review"
WORD, SAME_TEXT, SAME_PICTURE = "word", "same_text", "same_picture"
NOT_HERE, LATE, MACHINE_FAILED = "not_here", "late", "machine_failed"
NO_WRITER, VIDEO, REPORTED = "no_writer", "video", "reported"
FINDINGS = {
    TEXT_RISKY: "文字违规（微信）",
    TEXT_REVIEW: "文字存疑（微信）",
    PICTURE_RISKY: "图片违规（微信）",
    PICTURE_REVIEW: "图片存疑（微信）",
    WORD: "含有自定义敏感词",
    SAME_TEXT: "与他人的文字雷同",
    SAME_PICTURE: "与他人的图片雷同",
    NOT_HERE: "作者两小时内未使用小程序，微信无法检查",
    LATE: "检查结果超时未返回",
    MACHINE_FAILED: "机器检查失败",
    NO_WRITER: "没有本店作者，微信无法检查",
    VIDEO: "含有视频，需人工审核",
    REPORTED: "被顾客举报",
}
"""Codes with what staff read."""
_LABELS = {
    10001: "广告",
    20001: "时政",
    20002: "色情",
    20003: "辱骂",
    20006: "违法犯罪",
    20008: "欺诈",
    20012: "低俗",
    20013: "版权",
}
"""WeChat's labels (msgSecCheck, mediaCheckAsync)."""


def finding(code: str, detail: str = "") -> dict[str, Any]:
    """One finding as it is stored."""
    return {"code": code, "detail": detail}


def label_text(label: int) -> str:
    """What WeChat's label means, in Chinese; empty for none in particular."""
    return _LABELS.get(label, "")


def refusal_reason(findings: list[dict[str, Any]]) -> str:
    """Why the machine refused, for the writer. A listed word isn't told: it would be evaded."""
    for one in findings:
        if one["code"] in (TEXT_RISKY, PICTURE_RISKY):
            what = "文字" if one["code"] == TEXT_RISKY else "图片"
            kind = f"（{one['detail']}）" if one["detail"] else ""
            return f"{what}未通过内容安全检查{kind}，请修改后重新提交"
    return "内容含有本店不允许发布的词语，请修改后重新提交"
