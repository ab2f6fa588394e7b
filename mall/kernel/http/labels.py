"""What the fields of requests are called in Chinese, for messages that people read.

One word a name, whatever schema it stands in. `param` of an error keeps the name itself.
"""

from __future__ import annotations

import re

_WORDS = """
# in general
id=编号 ref=关联编号 kind=类型 name=名称 title=标题 text=文字 body=正文 description=描述
brief=简介 label=标签 note=备注 remark=留言 comment=说明 reason=原因 value=值 version=版本
position=排序 enabled=启用 disabled=停用 hidden=隐藏 paused=暂停 is_default=默认 is_open=营业
open=未完结 ready=就绪 status=状态 state=状态 mode=方式 way=方式 period=周期 scope=范围
scope_id=范围编号 items=项目 rows=行 lines=商品行 count=数量 quantity=数量 units=件数 size=数量
total_limit=总量 limit=每页条数 cursor=翻页参数 sort=排序方式 q=搜索词 filter=筛选条件
filters=筛选条件 format=文件格式 by=统计方式 match=匹配方式 choices=所选优惠 options=选项
results=结果 result=结果 decision=决定 accept=是否通过 approve=是否批准
accepted=已确认 action=操作 target=目标 target_id=对象编号 target_type=对象类型
request_id=请求编号 dry_run=仅试算 replaces=所替换的版本 accept_warnings=已知悉提示 confirm=确认
event=事由 exceptions=例外 content_id=内容编号 contents=内容 mine=只看自己的 up_to=截至编号
what=内容 measure=统计方式 figure=指标 figures=指标 at_least=下限 at_most=上限 having=已有条件
lacking=缺少条件 requires=条件 requires_text=条件说明 audience=适用人群 tab=分类 tag=标签
tags=标签 steps=档位 rule=规则 rule_id=奖励规则 rule_ids=奖励规则 repeat=重复 first=起 last=止
origin=来源 receipt=凭证 restore=恢复 older_min=超过分钟数 within_min=分钟数 overdue=已逾期
waiting=待处理 resolved=已处理 resolution=处理说明 refused=已拒绝 stuck=卡住的 held=暂缓的
completed=已完成 ended=已结束 unanswered=未回答 objected=有异议 finding=检测结果 purpose=用途
word=敏感词 suggest=联想提示 legal_reason=法律依据
# times
at=时点 day=日期 days=天数 date=日期 month=月份 year=年份 weeks=周数 hour=小时 since=开始时间
until=截止时间 starts_at=开始时间 ends_at=结束时间 opens_at=开放时间 closes_at=截止时间
expires_at=失效时间 expires_on=到期日 in_force_at=生效时间 from_at=开始时间
apply_from=申请开始时间 apply_until=申请截止时间 claim_from=领取开始时间 claim_to=领取截止时间
valid_from=有效期开始 valid_to=有效期结束 valid_days=有效天数 shelf_on_at=上架时间
shelf_off_at=下架时间 created_from=创建时间起 created_to=创建时间止 registered_from=注册时间起
registered_to=注册时间止 seen_from=访问时间起 seen_to=访问时间止 first_day=开始日期
last_day=结束日期 expire_days=有效天数 accept_days=领取天数 review_days=评价天数
starts_minute=开始时刻 lasts_min=时长 daily_from_min=每日开始时刻 daily_to_min=每日结束时刻
opening_hours=营业时间 open_hours=开团时长 wait_h=等待小时数 warm_up_s=预热秒数
# goods
product_id=商品编号 product_ids=商品编号 spu_id=商品编号 spu_ids=商品编号 spu_code=商品编码
sku_id=规格编号 sku_ids=规格编号 sku_code=规格编码 skus=规格 category_id=类目 category_ids=类目
categories=类目 brand_id=品牌 brand_ids=品牌 parent_id=上级类目 parent=上级地区 unit=单位
image=图片 main_image=主图 gallery=图集 detail_html=详情 spec_names=规格名 spec_values=规格值
attributes=参数 is_new=新品标记 is_hot=热卖标记 new=新品 hot=热卖 on_shelf=上架 price_fen=价格
list_price_fen=划线价 cost_fen=成本 min_price_fen=最低价 max_price_fen=最高价 weight_g=重量
volume_cm3=体积 stock=库存 low_stock=库存预警 sellable=可售数量 sellable_at_most=可售数量上限
was=原数量 add=增减数量 prices=价格 pictures=图片 video=视频 videos=视频 included=包含范围
only=适用范围 excluded=排除范围 low=差评
# orders, freight, after-sales
order_no=订单号 order_units=每单件数 line_id=商品行编号 cart=购物车 address_id=收货地址
address=地址 detail=详细地址 receiver=收货人 phone=电话 region_code=地区编码 regions=地区
expected_payable_fen=应付金额 payable_fen=应付金额 goods_payable_fen=商品应付金额
amount_fen=金额 freight_fen=运费 goods_fen=商品金额 carrier_code=快递公司 tracking_no=运单号
to_ship=待发货 accept_dearer_freight=同意补运费 return_address=退货地址 resellable=可再次销售
basis=计费方式 zones=配送区域 deliverable=可配送 first_units=首件数量 first_fen=首件运费
further_units=续件数量 further_fen=续件运费 free_from_fen=包邮金额 free_from_pieces=包邮件数
free_freight=包邮 point_id=门店 location=位置 service_phone=联系电话 staff_ids=员工
template_id=模板编号
# people
user_id=用户编号 user_ids=用户编号 username=用户名 password=密码 current_password=原密码
new_password=新密码 display_name=姓名 real_name=真实姓名 nickname=昵称 avatar_url=头像
staff_id=员工编号 role_ids=角色 permissions=权限 code=代码 token=凭证 device=设备
attribution=来源信息 marketing=营销消息
# promotions, coupons, rewards
coupon_id=优惠券编号 coupon_template_id=优惠券活动 off_bp=折扣 off_fen=减免金额 cap_fen=优惠上限
threshold_fen=使用门槛 threshold=门槛 per_user_limit=每人限领 limit_per_user=每人限购
at_counter=到店核销 back_on_refund=退款退回 amount_off=满减 percent=限时折扣
units_percent=满件折扣 units_free=满件免单 fixed_prices=限时特价 bundle=套装价 gift=赠品
gift_stock=赠品数量 from_fen=满额 from_units=满件数 free_units=免费件数 pay_bp=折后比例
exclusive_group=互斥组 stacks_with=可叠加组 stacks=可叠加优惠 new_customers_only=仅限新客
budget=预算 budget_fen=预算金额 budget_unit=预算单位 budget_returns=预算退回 daily_cap=每日上限
max_orders=订单数上限 shopper_budget_fen=每人优惠上限 shopper_max_orders=每人订单上限
shopper_units=每人限购 floor_margin_bp=最低毛利率 reward=奖励 rewards=奖励
reward_rule_id=奖励规则 ground=发放依据 prizes=奖品 first_rank=起始名次 last_rank=截止名次
times=次数 receipt_no=小票号 paid=已付款订单 slot_id=时段 splits=拆分份数
# group-buy
activity_id=活动编号 team_id=团队编号 team_code=拼团 leader_id=团长 leader_price_fen=团长价
leader_rule_id=团长奖励规则 leader_free_freight=团长包邮 leader_leaves=团长退出
tier_sets=档位方案 tier_set_id=档位方案 tiers=档位 picks_set=团长选档 virtual_seats=商家补位
team_open_min=拼团时长 pay_min=支付时限 open_teams=同时开团数 open_audience=开团人群
join_audience=参团人群 earns=计入奖励 failed_team_fen=未成团成本 fee_bp=手续费率
least_reduction_bp=最小降价幅度 most_reduction_bp=最大降价幅度 min_size=最少人数
max_size=最多人数 most_tiers=最多档数
# points, missions, check-in
points=积分 expected_points=所需积分 min_points=最少积分 max_points=最多积分 cash_fen=现金部分
cap_bp=抵扣上限 rate=比例 rates=比例 rate_bp=比例 default_rate=默认比例 multiple_bp=倍数
offer_id=活动编号 per_shopper=每人次数 item_id=兑换商品 limit_units=限兑数量
limit_period=限兑周期 codes=兑换码 mission_id=任务编号 trigger=触发事件 requires_id=前置任务
at_once=立即发放 period_key=周期 places=名额 beat=心跳序号
# lotteries
draws=抽奖次数 tickets=抽奖总次数 daily_draws=每日抽奖次数 price_points=机会所需积分 weight=权重
worth_fen=奖品价值 prize=奖品序号 guarantee=保底 nonce=随机串 of_age=年龄与规则确认
daily_boxes=每日限购 lottery_id=抽奖活动编号 draws_at=开奖时间
# games
rules=规则 warm_first=预热开始日 warm_last=预热结束日 sale_first=促销开始日 sale_last=促销结束日
values_fen=面额 packets=红包数量 used_bp=使用比例 check_ins=签到次数
phrase=口令 counts=统计内容 claimed_bp=领取比例 teams=队伍数 members=成员数 entries=参与人数
joins_until=组队截止时间 team_size=每队人数 matchable=接受匹配 scores=计分方式 late=迟到的变动
feed_growth=每份饲料成长值 daily_portions=每日喂养上限 water_growth=照料成长值
friend_growth=好友浇水成长值 friend_waterings=每日好友浇水上限 decay=每日衰减
grace_days=免衰减天数 floor=衰减下限 stages=阶段 picture=图片 portions=份数 shoppers=人数
friends=好友数
# referral and sharing
page=页面 page_kind=页面类型 page_kinds=页面类型 medium=分享方式 share=分享码
channel_id=渠道编号 campaign_id=活动编号 period_id=期次 around=前后名次 binding_id=绑定编号
binding_ids=绑定编号 inviter_id=邀请人 invitee_id=被邀请人 inviter_rule_id=邀请人奖励规则
invitee_rule_id=被邀请人奖励规则 rungs=档位 side=奖励对象 levels=层数 level_id=等级
fixed=固定等级 promoter_id=推广员 second_bp=二级比例 from_score=最低风险分 in_debt=有欠款
agreement_version=协议版本 opens=开通内容 lesson_ids=课程 questions=题目 answers=答案
pass_at=及格题数
# reviews, shows, trials
review_id=评价编号 goods_stars=商品评分 logistics_stars=物流评分 service_stars=服务评分
anonymous=匿名 helpful=有用 min_characters=最少字数 min_pictures=最少图片数 needs_video=须有视频
after_settling=结算后发放 column_id=专栏 entry_ids=买家秀编号 likes_needed=所需点赞数
application_ids=申请编号 by_invitation=仅限受邀
# pictures that are drawn
layout=版式 boxes=元素 x=横坐标 y=纵坐标 width=宽度 height=高度 radius=圆角 color=颜色
background=背景图 align=对齐 bold=加粗 fit=填充方式 font_px=字号 max_lines=最多行数
"""
LABELS = dict(
    pair.split("=")
    for line in _WORDS.splitlines()
    if not line.startswith("#")
    for pair in line.split()
)
_CODE = re.compile(r"[0-9A-Za-z_:.-]{1,40}", re.ASCII)


def label_of(path: list[str]) -> str:
    """Where in a request, for people: 商品行第 1 项 › 数量. Empty when nothing there has a name."""
    words: list[str] = []
    for part in path:
        if part.isascii() and part.isdigit():
            item = f"第 {int(part) + 1} 项"
            words[-1:] = [f"{words[-1]}{item}"] if words else [item]
        elif part in LABELS:
            words.append(LABELS[part])
        elif _CODE.fullmatch(part):  # a name that the client made, as of an unknown field
            words.append(f"“{part}”")
    return " › ".join(words)
