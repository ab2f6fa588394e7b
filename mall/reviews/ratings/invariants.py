"""I20: what is counted of reviews equals a recount."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_COUNTED = """
    SELECT r.id, r.spu_id, r.sku_id, r.goods_stars, r.tags, r.wilson, r.origin = 'default' AS dull,
           r.pictures <> '{}' AS pictures, r.video IS NOT NULL AS video, f.follow_up
    FROM reviews r CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(status = 'approved'), false) AS follow_up
        FROM review_follow_ups WHERE review_id = r.id
    ) f
    WHERE r.status = 'approved'
"""
# Products with a review that changed: those with fewer reviews than so many.
_TOUCHED = """
    SELECT spu_id FROM (
        SELECT DISTINCT spu_id FROM reviews WHERE changed_at >= :since
    ) changed
    WHERE :most > (
        SELECT count(*) FROM (
            SELECT FROM reviews WHERE spu_id = changed.spu_id LIMIT :most
        ) found
    )
"""
INVARIANTS = (
    Invariant(
        "I20b",
        "the counts and stars of a product equal a recount of its approved reviews",
        f"""
        WITH touched AS ({_TOUCHED}), f AS (
            SELECT t.spu_id, count(c.id) FILTER (WHERE NOT dull) AS approved,
                coalesce(sum(goods_stars) FILTER (WHERE NOT dull), 0) AS star_sum,
                count(*) FILTER (WHERE NOT dull AND goods_stars = 1) AS stars_1,
                count(*) FILTER (WHERE NOT dull AND goods_stars = 2) AS stars_2,
                count(*) FILTER (WHERE NOT dull AND goods_stars = 3) AS stars_3,
                count(*) FILTER (WHERE NOT dull AND goods_stars = 4) AS stars_4,
                count(*) FILTER (WHERE NOT dull AND goods_stars = 5) AS stars_5,
                count(*) FILTER (WHERE NOT dull AND pictures) AS with_pictures,
                count(*) FILTER (WHERE NOT dull AND video) AS with_video,
                count(*) FILTER (WHERE NOT dull AND follow_up) AS follow_ups,
                count(*) FILTER (WHERE NOT dull AND goods_stars <= 2) AS low,
                count(*) FILTER (WHERE dull) AS defaults
            FROM touched t
            LEFT JOIN LATERAL ({_COUNTED} AND r.spu_id = t.spu_id OFFSET 0) c ON true
            GROUP BY t.spu_id
        )
        SELECT f.spu_id, r.approved, f.approved AS recounted, r.star_sum, f.star_sum AS stars
        FROM f LEFT JOIN spu_ratings r ON r.spu_id = f.spu_id
        WHERE (coalesce(r.approved, 0), coalesce(r.star_sum, 0), coalesce(r.stars_1, 0),
               coalesce(r.stars_2, 0), coalesce(r.stars_3, 0), coalesce(r.stars_4, 0),
               coalesce(r.stars_5, 0), coalesce(r.with_pictures, 0), coalesce(r.with_video, 0),
               coalesce(r.follow_ups, 0), coalesce(r.low, 0), coalesce(r.defaults, 0))
           <> (f.approved, f.star_sum, f.stars_1, f.stars_2, f.stars_3, f.stars_4, f.stars_5,
               f.with_pictures, f.with_video, f.follow_ups, f.low, f.defaults)
        """,  # noqa: S608
    ),
    Invariant(
        "I20c",
        "the counts of a product's tags equal a recount",
        f"""
        WITH touched AS ({_TOUCHED}), f AS (
            SELECT t.spu_id, tag, count(*) AS count FROM touched t CROSS JOIN LATERAL (
                SELECT tags FROM reviews
                WHERE spu_id = t.spu_id AND status = 'approved' OFFSET 0
            ) r, unnest(r.tags) AS tag
            GROUP BY t.spu_id, tag
        ), k AS (
            SELECT * FROM spu_rating_tags
            WHERE count > 0 AND spu_id IN (SELECT spu_id FROM touched)
        )
        SELECT coalesce(f.spu_id, k.spu_id) AS spu_id, k.count, f.count AS recounted
        FROM f FULL JOIN k ON k.spu_id = f.spu_id AND k.tag = f.tag
        WHERE f.count IS DISTINCT FROM k.count
        """,  # noqa: S608
    ),
    Invariant(
        "I20d",
        "a review stands in the lists of its product in which it belongs, and in no other",
        f"""
        WITH c AS ({_COUNTED} AND r.changed_at >= :since), wanted AS (
            SELECT id, CASE WHEN dull THEN 'default' ELSE 'all' END AS facet, spu_id, wilson FROM c
            UNION SELECT id, 'pictures', spu_id, wilson FROM c WHERE pictures AND NOT dull
            UNION SELECT id, 'video', spu_id, wilson FROM c WHERE video AND NOT dull
            UNION SELECT id, 'follow_up', spu_id, wilson FROM c WHERE follow_up AND NOT dull
            UNION SELECT id, 'low', spu_id, wilson FROM c WHERE goods_stars <= 2 AND NOT dull
            UNION SELECT id, 'sku:' || sku_id, spu_id, wilson FROM c
                WHERE sku_id IS NOT NULL AND NOT dull
            UNION SELECT id, 'tag:' || tag, spu_id, wilson FROM c, unnest(tags) AS tag
                WHERE NOT dull
        ), listed AS (
            SELECT l.review_id, l.facet, l.spu_id, l.wilson FROM review_listings l
            JOIN reviews r ON r.id = l.review_id WHERE r.changed_at >= :since
        )
        SELECT coalesce(w.id, l.review_id) AS review_id, w.facet, l.facet AS listed
        FROM wanted w FULL JOIN listed l
            ON l.review_id = w.id AND l.facet = w.facet AND l.spu_id = w.spu_id
            AND l.wilson = w.wilson
        WHERE w.id IS NULL OR l.review_id IS NULL
        """,  # noqa: S608
    ),
    Invariant(
        "I20e",
        "the votes that a review counts are those that were given",
        """
        SELECT r.id AS review_id, r.helpful, r.unhelpful, v.helpful AS yes, v.unhelpful AS no
        FROM (
            SELECT id FROM reviews WHERE changed_at >= :since
            UNION SELECT review_id FROM review_votes WHERE created_at >= :since
        ) recent CROSS JOIN LATERAL (
            SELECT id, helpful, unhelpful FROM reviews WHERE id = recent.id LIMIT 1
        ) r CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE v.helpful) AS helpful,
                   count(*) FILTER (WHERE NOT v.helpful) AS unhelpful
            FROM review_votes v WHERE v.review_id = r.id
        ) v
        WHERE (r.helpful, r.unhelpful) <> (v.helpful, v.unhelpful)
          AND r.helpful + r.unhelpful <= :most
        """,
    ),
)
