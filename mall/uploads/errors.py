"""What uploads may refuse."""

from __future__ import annotations

from mall.kernel.errors import MallError, NotFound, TooManyRequests


class PictureInvalid(MallError):
    """No JPEG, PNG or WebP by its content, broken, or too many pixels."""

    status = 422
    code = "picture_invalid"
    message = "仅支持完好的 JPG、PNG、WebP 图片"


class PictureMissing(MallError):
    """The request has no part named `file`."""

    status = 422
    code = "picture_missing"
    message = "请选择要上传的图片"


class TooManyUploads(TooManyRequests):
    """Too many pictures wait to be used."""

    code = "too_many_uploads"
    message = "上传的图片过多，请稍后再试"


class UploadNotFound(NotFound):
    """No such picture, somebody else's, or one that is used already."""

    code = "upload_not_found"
    message = "图片不存在或已被使用，请重新上传"
