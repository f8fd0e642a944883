"""A million orders, written by the database itself, so that lists and searches are measured at size."""

from django.db import connection

from bench.figures import tell

ORDERS = 1_000_000
FIRST = 50_000_000
"""Ids and numbers begin here, beyond whatever else was imported."""

_BUYERS = """
INSERT INTO customers_buyer (merchant_id, platform, nick)
SELECT %(merchant)s, 'taobao', 'buyer' || i FROM generate_series(1, 200000) i ON CONFLICT DO NOTHING
"""

_ORDERS = """
INSERT INTO orders_order (id, shop_id, number, state, buyer_id, placed_at, paid_at, shipped_at, ended_at,
  close_reason, goods_fen, postage_fen, discount_fen, adjust_fen, due_fen, paid_fen, refunded_fen, pieces, title,
  cod, cod_call, refund, flag, memo, buyer_message, carrier, waybill, region, troubles, next_due_at, source, extra,
  words, version, told)
SELECT %(first)s + i, s.ids[1 + i %% s.n], (3000000000000000 + i * 977)::text, st.state, b.first + i %% 200000,
  t.placed, CASE WHEN st.state NOT IN ('unpaid', 'closed_unpaid') THEN t.placed + interval '10 minutes' END,
  CASE WHEN st.state IN ('shipped', 'finished') THEN t.placed + interval '1 day' END,
  CASE WHEN st.state IN ('finished', 'closed_unpaid', 'closed_refunded') THEN t.placed + interval '9 days' END,
  CASE WHEN st.state = 'closed_unpaid' THEN '未及时付款' ELSE '' END,
  g.goods, 1000, 0, 0, g.goods + 1000,
  CASE WHEN st.state IN ('unpaid', 'closed_unpaid') THEN 0 ELSE g.goods + 1000 END, 0, 1 + i %% 3,
  '速干T恤 男款 第' || i %% 500 || '款', false, '', '', i %% 6, m.memo, '', CASE WHEN i %% 2 = 0 THEN 'ZTO' ELSE 'YTO' END,
  CASE WHEN st.state IN ('shipped', 'finished') THEN (680000000000 + i)::text ELSE '' END, '420100', '{}',
  CASE WHEN st.state IN ('unpaid', 'shipped') THEN t.placed + interval '11 days' END, 'import', '{}'::jsonb,
  array_to_tsvector(ARRAY['速干', '男款', 'buyer' || i %% 200000] || m.words), 1, '{}'::jsonb
FROM generate_series(%(low)s, %(high)s) i,
  LATERAL (SELECT timestamptz '2026-11-20 12:00+08' - i * interval '23 seconds' AS placed) t,
  LATERAL (SELECT 1990 + (i::bigint * 7919) %% 30000 AS goods) g,
  LATERAL (SELECT CASE WHEN i %% 20 = 0 THEN 'unpaid' WHEN i %% 20 < 3 THEN 'paid' WHEN i %% 20 < 6 THEN 'shipped'
    WHEN i %% 20 = 19 THEN 'closed_unpaid' ELSE 'finished' END AS state) st,
  LATERAL (SELECT CASE WHEN i %% 5000 = 7 THEN '改发顺丰 加急' WHEN i %% 7 = 0 THEN '老客户 送小样' ELSE '' END AS memo,
    CASE WHEN i %% 5000 = 7 THEN %(rare)s::text[] WHEN i %% 7 = 0 THEN %(frequent)s::text[] ELSE '{}' END AS words) m,
  (SELECT array_agg(id ORDER BY id) ids, count(*) n FROM shops_shop) s,
  (SELECT min(id) AS first FROM customers_buyer) b
"""

_LINES = """
INSERT INTO orders_orderline (order_id, position, outer_number, code, title, spec, price_fen, pieces, adjust_fen,
  discount_fen, share_fen, state, refund, close_reason, stock, shipped_pieces)
SELECT o.id, 1, '', 'TS-' || o.id %% 500, o.title, '颜色:白;尺码:L', o.goods_fen, 1, 0, 0, o.goods_fen,
  CASE o.state WHEN 'closed_unpaid' THEN 'closed' WHEN 'closed_refunded' THEN 'closed' ELSE o.state END, '', '', '', 0
FROM orders_order o WHERE o.id BETWEEN %(first)s + %(low)s AND %(first)s + %(high)s
"""

_RECEIVERS = """
INSERT INTO orders_receiver (order_id, sealed, province, city, district, masked_name, masked_phone, phone_trace,
  tail_trace, household)
SELECT %(first)s + i, decode(repeat(md5(i::text), 5), 'hex'), '湖北省', '武汉市', '洪山区', '张*', '138****' || lpad((i %% 10000)::text, 4, '0'),
  decode(md5('p' || i %% 400000), 'hex'), CASE WHEN i %% 10000 = 4242 THEN %(tail)s ELSE decode(md5('t' || i %% 10000), 'hex') END, decode(md5('h' || i %% 400000), 'hex')
FROM generate_series(%(low)s, %(high)s) i
"""


def lay(merchant_id: int, chunk: int = 100_000) -> None:
    """Write the million orders with their lines and receivers, unless they are there already."""
    from zhanggui.orders.sealing import tail_trace
    from zhanggui.orders.words import tokens

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_order WHERE id > %s", [FIRST])
        if cursor.fetchone()[0] >= ORDERS:
            return
        cursor.execute(_BUYERS, {"merchant": merchant_id})
        for low in range(1, ORDERS + 1, chunk):
            bounds = {
                "first": FIRST,
                "low": low,
                "high": min(low + chunk - 1, ORDERS),
                "rare": sorted(tokens("改发顺丰 加急")),
                "frequent": sorted(tokens("老客户 送小样")),
                "tail": tail_trace("4242"),
            }
            for statement in (_ORDERS, _LINES, _RECEIVERS):
                cursor.execute(statement, bounds)
            tell(f"{bounds['high']:,} orders")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('orders_order', 'id'), max(id)) FROM orders_order"
        )
    connection.close()
    from bench.house import psql

    psql("VACUUM ANALYZE;")
