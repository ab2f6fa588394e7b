"""Ways to break what must hold of promoters, their lessons, materials and posters."""

from __future__ import annotations

PROMOTER = (
    "INSERT INTO promoters (user_id, status, level_id, agreement_version, agreed_at, applied_at)"
    " VALUES (801, 'active', 1, 1, now(), now());"
    "INSERT INTO promoter_acceptances VALUES (801, 1, now());"
    "INSERT INTO promoter_changes (user_id, old_status, new_status, old_level_id, new_level_id,"
    " cause) VALUES (801, NULL, 'pending', NULL, 1, 'apply'),"
    " (801, 'pending', 'active', 1, 1, 'staff')"
)
GROWN = (
    f"{PROMOTER}; INSERT INTO promoter_growth_rules (name, opens, figures, lesson_ids, enabled)"
    " VALUES ('x', 'x', '{}', '[]', true);"
    "UPDATE promoter_changes SET cause = 'growth', rule_id = r.id FROM promoter_growth_rules r"
    " WHERE new_status = 'active'"
)
LESSON = (
    "INSERT INTO lesson_progress VALUES (801, 1, current_date, 2, now());"
    "INSERT INTO lesson_attempts (user_id, lesson_id, version, day, number, answers, asked,"
    " correct, pass_at, passed) SELECT 801, 1, 1, current_date, n, '{}', 2, n, 2, n = 2"
    " FROM generate_series(1, 2) n ORDER BY n"
)
MATERIAL = (
    "INSERT INTO promoter_materials (id, name, text, enabled, downloads)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'x', '', true, 2);"
    "INSERT INTO promoter_material_files VALUES (1, 0, 'a');"
    "INSERT INTO uploads (name, attached_to, width, height, bytes)"
    " VALUES ('a', 'material:1', 1, 1, 1);"
    "INSERT INTO promoter_material_downloads (material_id, user_id, downloads) VALUES (1, 801, 2)"
)
POSTER = (
    "INSERT INTO shares (token, user_id, page_kind, page_id, day)"
    " VALUES ('x', 801, 'product', 1, current_date);"
    "INSERT INTO share_days SELECT user_id, day, 1, 0, 0, 0 FROM shares;"
    "INSERT INTO posters (user_id, share_id, template_id, version, facts, name)"
    " SELECT user_id, id, 1, 1, '', 'x' FROM shares"
)
SOUND = (GROWN, LESSON, MATERIAL, POSTER)
BREAKS: dict[str, list[str]] = {
    "I50a": [
        f"{PROMOTER}; UPDATE promoter_changes SET old_status = 'paused'"
        " WHERE new_status = 'active'",
        f"{PROMOTER}; UPDATE promoter_changes SET old_level_id = 2 WHERE new_status = 'active'",
        f"{PROMOTER}; DELETE FROM promoter_changes WHERE new_status = 'pending'",
        f"{PROMOTER}; UPDATE promoters SET status = 'paused'",
        f"{PROMOTER}; UPDATE promoters SET level_id = 2",
        f"{PROMOTER}; DELETE FROM promoters",
        f"{PROMOTER}; DELETE FROM promoter_changes",
    ],
    "I50b": [
        f"{PROMOTER}; DELETE FROM promoter_acceptances",
        f"{PROMOTER}; UPDATE promoters SET agreement_version = 2",
        f"{PROMOTER}; UPDATE promoters SET agreed_at = now() - interval '1 hour'",
    ],
    "I52a": [
        f"{GROWN}; UPDATE promoter_changes SET rule_id = NULL",
        f"{GROWN}; UPDATE promoter_changes SET new_status = 'paused' WHERE cause = 'growth'",
        f"{GROWN}; UPDATE promoter_changes SET old_status = 'active' WHERE cause = 'growth'",
        f"{GROWN}; DELETE FROM promoter_growth_rules",
    ],
    "I52b": [
        "INSERT INTO promoter_growth_looks VALUES (1, now() + interval '1 minute', 'x')",
    ],
    "I51a": [
        f"{LESSON}; UPDATE lesson_progress SET passed_at = NULL",
        f"{LESSON}; UPDATE lesson_attempts SET passed = false",
        f"{LESSON}; UPDATE lesson_attempts SET passed = true",
        f"{LESSON}; UPDATE lesson_attempts SET passed = number = 1",
    ],
    "I51b": [
        f"{LESSON}; UPDATE lesson_progress SET attempts = 3",
        f"{LESSON}; DELETE FROM lesson_attempts WHERE number = 1",
        f"{LESSON}; UPDATE lesson_attempts SET number = 3 WHERE number = 2",
    ],
    "I65a": [
        f"{MATERIAL}; UPDATE uploads SET attached_to = NULL",
        f"{MATERIAL}; UPDATE uploads SET attached_to = 'material:2'",
        f"{MATERIAL}; DELETE FROM uploads",
        f"{MATERIAL}; DELETE FROM promoter_material_files",
    ],
    "I65b": [
        f"{MATERIAL}; UPDATE promoter_materials SET downloads = 1",
        f"{MATERIAL}; INSERT INTO promoter_material_downloads (material_id, user_id, downloads)"
        " VALUES (1, 802, 1)",
    ],
    "I55a": [f"{POSTER}; UPDATE posters SET user_id = 802"],
    "I55b": [f"{POSTER}; UPDATE posters SET created_at = now() - interval '25 hours'"],
}
