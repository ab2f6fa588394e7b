"""I65: a material holds its files, and nobody's downloads are missing in its sum."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I65a",
        "each file of a material is an upload that the material holds; it holds no others",
        """
        SELECT f.material_id, f.name, u.attached_to FROM promoter_material_files f
        LEFT JOIN uploads u ON u.name = f.name
        WHERE u.attached_to IS DISTINCT FROM 'material:' || f.material_id
        UNION ALL
        SELECT NULL, u.name, u.attached_to FROM uploads u
        WHERE u.created_at >= :since AND u.attached_to LIKE 'material:%'
          AND NOT EXISTS (SELECT FROM promoter_material_files f WHERE f.name = u.name)
        """,
    ),
    Invariant(
        "I65b",
        "a material was downloaded at least as often as its promoters together did",
        """
        SELECT m.id AS material_id, m.downloads, d.downloads AS of_promoters
        FROM promoter_materials m CROSS JOIN LATERAL (
            SELECT sum(downloads) AS downloads, count(*) AS promoters FROM (
                SELECT downloads FROM promoter_material_downloads
                WHERE material_id = m.id LIMIT :most
            ) found
        ) d
        WHERE m.downloads < d.downloads AND d.promoters < :most AND m.id IN (
            SELECT material_id FROM promoter_material_downloads WHERE last_at >= :since
        )
        """,
    ),
)
