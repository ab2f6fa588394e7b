"""The tables of the rivals: nothing but what their statements need."""

TABLES = """
CREATE TABLE bench_items (id bigint PRIMARY KEY,
    units_left bigint NOT NULL CHECK (units_left >= 0));
CREATE TABLE bench_shoppers (item_id bigint, user_id bigint, units bigint NOT NULL,
    PRIMARY KEY (item_id, user_id));
CREATE TABLE bench_orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id bigint NOT NULL REFERENCES bench_items (id), user_id bigint NOT NULL,
    key text NOT NULL, units bigint NOT NULL, address_id bigint NOT NULL,
    UNIQUE (user_id, key));
CREATE INDEX bench_orders_shopper ON bench_orders (item_id, user_id);
INSERT INTO bench_items VALUES (1, 1000000000), (2, 1000000000);
"""
