"""Every permission that a role may hold. What isn't here can't be granted."""

from __future__ import annotations

ALL = "*"
"""Held by the built-in administrators' role only."""

PERMISSIONS: dict[str, str] = {
    "catalog:read": "查看商品、类目、品牌",
    "catalog:write": "编辑商品、类目、品牌，上下架",
    "stock:read": "查看库存与库存流水",
    "stock:write": "调整库存",
    "order:read": "查看订单",
    "order:write": "备注、关闭订单",
    "order:export": "导出订单（含收货信息）",
    "order:ship": "发货",
    "refund:read": "查看退款",
    "refund:write": "发起退款",
    "aftersale:read": "查看售后与维权记录",
    "aftersale:write": "处理售后、回复维权记录",
    "freight:read": "查看运费模板与自提点",
    "freight:write": "管理运费模板与自提点",
    "pickup:write": "自提核销",
    "upload:write": "上传图片",
    "payment:read": "查看支付",
    "reconciliation:read": "查看对账",
    "reconciliation:write": "重新对账、处理对账差异",
    "promotion:read": "查看促销活动，试算价格与毛利",
    "promotion:write": "管理促销活动",
    "coupon:read": "查看优惠券",
    "coupon:write": "管理优惠券，导出兑换码",
    "flash:read": "查看秒杀时段、场次、商品与实时数据",
    "flash:write": "管理秒杀场次：就绪、暂停、恢复、中止",
    "reward:read": "查看奖励规则与发放记录",
    "reward:write": "管理奖励规则，发放与收回奖励",
    "shopper:read": "查询用户（按手机号）",
    "shopper:write": "停用、恢复用户",
    "staff:read": "查看员工与角色",
    "staff:write": "管理员工与角色",
    "audit:read": "查看操作日志",
    "message:read": "查看订阅消息",
    "message:write": "管理订阅消息",
    "link:write": "生成小程序码与链接",
}
