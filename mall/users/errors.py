"""What a shopper may be refused here."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotAuthenticated, ValidationFailed


class LoginCodeInvalid(NotAuthenticated):
    """The code is made up, older than five minutes, or used: call `wx.login` again."""

    code = "login_code_invalid"
    message = "登录已失效，请重新进入小程序"


class AccountRefused(MallError):
    """WeChat holds this user for high-risk; logging in must be refused."""

    status = 403
    type = "permission"
    code = "account_refused"
    message = "微信判定该账号存在风险，暂时无法登录"


class AccountBlocked(MallError):
    """The shop has blocked this shopper."""

    status = 403
    type = "permission"
    code = "account_blocked"
    message = "账号已被停用，请联系客服"


class AccountClosed(MallError):
    """The shopper has closed the account."""

    status = 403
    type = "permission"
    code = "account_closed"
    message = "账号已注销"


class AccountInUse(Conflict):
    """Money or parcels are under way; the message says which."""

    code = "account_in_use"
    message = "账号暂时无法注销"


class PhoneCodeInvalid(MallError):
    """The code is made up, used, expired or another user's: ask for a new one."""

    code = "phone_code_invalid"
    message = "手机号授权已失效，请重新授权"


class NicknameRefused(ValidationFailed):
    """WeChat finds the nickname unfit, or isn't sure."""

    code = "nickname_refused"
    message = "该昵称无法使用，请换一个"


class WechatVisitTooOld(Conflict):
    """WeChat checks texts only of users who were here in the last two hours."""

    code = "wechat_visit_too_old"
    message = "请重新进入小程序后再试"


class TooManyAddresses(Conflict):
    code = "too_many_addresses"
    message = "收货地址最多保存 20 个"


class UnknownRegion(ValidationFailed):
    """Not a district of the regions table."""

    code = "unknown_region"
    message = "请选择正确的省市区"
