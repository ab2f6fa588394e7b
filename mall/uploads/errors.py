"""What uploads may refuse."""

from __future__ import annotations

from mall.kernel.errors import MallError, NotFound, TooManyRequests, Unavailable


class PictureInvalid(MallError):
    """No JPEG, PNG or WebP by its content, broken, moving, too many pixels, or too much work."""

    status = 422
    code = "picture_invalid"
    message = "仅支持完好的 JPG、PNG、WebP 图片"


class PicturesBusy(Unavailable):
    """This process reads as many pictures as it may: the same one can be sent again."""

    code = "pictures_busy"
    message = "图片处理繁忙，请稍后再试"


class VideoInvalid(MallError):
    """No MP4 by its content, broken, too long, or with more than picture and sound."""

    status = 422
    code = "video_invalid"
    message = "仅支持完好的 MP4 视频"


class PictureMissing(MallError):
    """The request has no part named `file`."""

    status = 422
    code = "picture_missing"
    message = "请选择要上传的图片"


class VideoMissing(MallError):
    """The request has no part named `file`."""

    status = 422
    code = "video_missing"
    message = "请选择要上传的视频"


class TooManyUploads(TooManyRequests):
    """Too many pictures or videos wait to be used."""

    code = "too_many_uploads"
    message = "上传过多，请稍后再试"


class UploadGone(MallError):
    """An address of an upload that isn't there, or not of those who may use it here."""

    status = 422
    code = "upload_gone"
    message = "引用的图片或视频不存在、已过期或不是本方上传的，请重新上传"


class UploadNotFound(NotFound):
    """No such upload, somebody else's, or one that is used already."""

    code = "upload_not_found"
    message = "图片或视频不存在或已被使用，请重新上传"
