'use strict';

const list = document.getElementById('list');
const openidChoice = document.getElementById('openid');
// /phone?prepay_id=…: the one payment that an app was given this id for.
const prepayId = new URLSearchParams(location.search).get('prepay_id');
const state = { tab: location.hash.slice(1) || 'payments', drawn: '' };

const el = (name, options = {}, ...children) => {
  const node = document.createElement(name);
  Object.assign(node, options);
  node.append(...children);
  return node;
};
const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;
const time = (seconds) =>
  seconds ? new Date(seconds * 1000).toLocaleString('zh-CN', { hour12: false, timeZone: 'Asia/Shanghai' }) : '';
const badge = (text, mood = '') => el('span', { className: `badge ${mood}`, textContent: text });
const small = (text) => el('div', { className: 'small', textContent: text });

async function call(path, method = 'GET', body) {
  const reply = await fetch(`/_control${path}`, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.error ? answer.error.message : `HTTP ${reply.status}`);
  return answer;
}

function toast(text) {
  const box = document.getElementById('toast');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, 2500);
}

function action(text, path, done, { main = false, body } = {}) {
  const button = el('button', { type: 'button', textContent: text, className: main ? 'main' : '' });
  button.onclick = async () => {
    button.disabled = true;
    try {
      await call(path, 'POST', body);
      toast(done);
    } catch (fault) {
      toast(fault.message);
    }
    state.drawn = '';
    await refresh();
  };
  return button;
}

function paymentBadge(payment) {
  if (payment.state === 'SUCCESS') return badge('已支付', 'good');
  if (payment.state === 'REFUND') {
    const whole = payment.refunded >= payment.total;
    return badge(whole ? '已退款' : `已退 ${yuan(payment.refunded)}`, 'bad');
  }
  if (payment.state === 'CLOSED') return badge('已关闭');
  const moods = { declined: '支付失败', ignored: '已取消支付' };
  return badge(moods[payment.phone] || '待支付', 'wait');
}

function paymentCard(payment) {
  const card = el('article', {},
    el('h2', {}, payment.description, paymentBadge(payment)),
    el('div', { className: 'money', textContent: yuan(payment.total) }),
    small(`商户订单号 ${payment.out_trade_no}`),
    small(`顾客 ${payment.openid}`),
    small(payment.paid_at ? `支付时间 ${time(payment.paid_at)}` : `下单时间 ${time(payment.created_at)}`));
  if (payment.coupon) card.append(small(`微信立减 ${yuan(payment.coupon)}`));
  if (payment.state === 'NOTPAY') {
    const base = `/payments/${encodeURIComponent(payment.out_trade_no)}`;
    card.append(el('div', { className: 'actions' },
      action('取消', `${base}/ignore`, '已取消支付'),
      action('扣款失败', `${base}/decline`, '支付失败'),
      action('确认支付', `${base}/approve`, '支付成功', { main: true })));
  }
  return card;
}

function shipmentCard(shipment) {
  const upload = shipment.uploads[shipment.uploads.length - 1];
  const ways = { 1: '快递', 2: '同城配送', 3: '虚拟发货', 4: '用户自提' };
  const card = el('article', {},
    el('h2', {}, upload.shipping_list[0].item_desc,
      shipment.confirmed_at ? badge('已收货', 'good')
        : badge(shipment.finished ? '待收货' : '部分发货', 'wait')),
    small(`商户订单号 ${shipment.out_trade_no}`),
    small(`${ways[upload.logistics_type]} · 发货时间 ${time(shipment.shipped_at)}`));
  for (const parcel of upload.shipping_list) {
    if (parcel.tracking_no) card.append(small(`${parcel.express_company} ${parcel.tracking_no}`));
  }
  if (shipment.finished && !shipment.confirmed_at) {
    const path = `/shipments/${encodeURIComponent(shipment.out_trade_no)}/confirm`;
    card.append(el('div', { className: 'actions' }, action('确认收货', path, '已确认收货', { main: true })));
  }
  return card;
}

function messageCard(message) {
  const table = el('dl');
  for (const [key, value] of Object.entries(message.data)) {
    table.append(el('dt', { textContent: key }), el('dd', { textContent: value }));
  }
  return el('article', {},
    el('h2', {}, '服务通知', badge(time(message.sent_at))),
    table,
    small(`模板 ${message.template_id}`),
    small(`顾客 ${message.openid}`),
    small(message.page ? `打开 ${message.page}` : '不跳转'));
}

const CALLBACK_STATES = {
  pending: ['等待重试', 'wait'], in_flight: ['发送中', 'wait'], delivered: ['已送达', 'good'],
  failed: ['失败', 'bad'], dropped: ['已丢弃', 'bad'], accepted_tampered: ['错误通知被接受', 'bad'],
};

function callbackCard(callback) {
  const last = callback.attempts[callback.attempts.length - 1];
  const outcome = last ? `第 ${callback.attempts.length} 次：${last.status_code || last.error}（${last.ms} 毫秒）` : '还没有发送';
  const waiting = callback.status === 'pending' && !last;
  const [text, mood] = waiting ? ['待发送', 'wait'] : CALLBACK_STATES[callback.status];
  return el('article', {},
    el('h2', {}, callback.event_type, badge(text, mood)),
    small(`单号 ${callback.ref || '无'}`),
    small(`${outcome}${callback.fault ? ` · 故障 ${callback.fault}` : ''}`),
    small(`发往 ${callback.url}`),
    el('div', { className: 'actions' }, action('再发一次', `/callbacks/${callback.id}/redeliver`, '已重新发送')));
}

function transferCard(transfer) {
  const waits = transfer.state === 'WAIT_USER_CONFIRM';
  const moods = {
    SUCCESS: ['已到账', 'good'], FAIL: ['未到账', 'bad'], CANCELLED: ['已撤销', ''],
    WAIT_USER_CONFIRM: ['待确认收款', 'wait'],
  };
  const card = el('article', {},
    el('h2', {}, transfer.remark, badge(...(moods[transfer.state] || ['处理中', 'wait']))),
    el('div', { className: 'money', textContent: yuan(transfer.amount) }),
    small(`商家单号 ${transfer.out_bill_no}`),
    small(`顾客 ${transfer.openid}`),
    small(`转账时间 ${time(transfer.created_at)}`));
  if (transfer.fail_reason) card.append(small(`原因 ${transfer.fail_reason}`));
  if (waits) {
    const base = `/transfers/${encodeURIComponent(transfer.out_bill_no)}`;
    card.append(el('div', { className: 'actions' },
      action('让它过期', `${base}/lapse`, '已过期'),
      action('确认收款', `${base}/confirm`, '收款中', { main: true })));
  }
  return card;
}

const TABS = {
  payments: { path: '/payments', key: 'payments', card: paymentCard, empty: '还没有待支付的订单' },
  transfers: { path: '/transfers', key: 'transfers', card: transferCard, empty: '还没有商家转账' },
  shipments: { path: '/shipments', key: 'shipments', card: shipmentCard, empty: '还没有商家发货' },
  messages: { path: '/messages', key: 'messages', card: messageCard, empty: '还没有收到消息' },
  callbacks: { path: '/callbacks', key: 'callbacks', card: callbackCard, empty: '还没有发出回调', everybody: true },
};

async function refreshPeople() {
  const { users } = await call('/users');
  const chosen = openidChoice.value;
  if (openidChoice.options.length - 1 === users.length) return;
  openidChoice.replaceChildren(el('option', { value: '', textContent: '全部' }),
    ...users.map((user) => el('option', { value: user.openid, textContent: user.openid })));
  openidChoice.value = users.some((user) => user.openid === chosen) ? chosen : '';
}

async function refresh() {
  const status = document.getElementById('status');
  const tab = TABS[state.tab] || TABS.payments;
  try {
    await refreshPeople();
    const openid = openidChoice.value;
    const asked = new URLSearchParams();
    if (openid && !tab.everybody) asked.set('openid', openid);
    if (prepayId && tab === TABS.payments) asked.set('prepay_id', prepayId);
    const entries = (await call(`${tab.path}?${asked}`))[tab.key];
    status.textContent = '已连接';
    const picture = state.tab + JSON.stringify(entries);
    if (picture === state.drawn) return;
    state.drawn = picture;
    list.replaceChildren(...(entries.length ? entries.map(tab.card)
      : [el('div', { className: 'empty', textContent: tab.empty })]));
  } catch (fault) {
    status.textContent = `连接中断：${fault.message}`;
  }
}

function show(tab) {
  state.tab = TABS[tab] ? tab : 'payments';
  location.hash = state.tab;
  for (const button of document.querySelectorAll('nav button')) {
    button.setAttribute('aria-selected', String(button.dataset.tab === state.tab));
  }
  openidChoice.disabled = Boolean(TABS[state.tab].everybody);
  refresh();
}

for (const button of document.querySelectorAll('nav button')) {
  button.onclick = () => show(button.dataset.tab);
}
openidChoice.onchange = refresh;
show(state.tab);
setInterval(refresh, 1500);
