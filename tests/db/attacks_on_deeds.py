"""What a web process that was taken over might try with what was said, and what is meant.

`{names}` are those of `tests.db.test_once_said.Scenery`.
"""

#: Each is refused, or finds nothing to change.
ATTACKS = [
    "UPDATE shift_note SET taken_by = '{me}', taken_at = clock_timestamp() WHERE id = '{done}'",
    "UPDATE shift_note SET taken_by = NULL, taken_at = NULL WHERE id = '{done}'",
    "UPDATE shift_note SET taken_by = '{other}', taken_at = clock_timestamp() WHERE id = '{waits}'",
    "UPDATE shift_note SET taken_by = '{me}', taken_at = '2026-01-01' WHERE id = '{waits}'",
    (
        "INSERT INTO shift_note (ward_code, id, written_by, note) "
        "VALUES ('{here}', gen_random_uuid(), '{other}', 'x')"
    ),
    (
        "INSERT INTO shift_note (ward_code, id, written_by, note, written_at) "
        "VALUES ('{here}', gen_random_uuid(), '{me}', 'x', '2026-01-01')"
    ),
    *(
        "UPDATE passed_case SET answer = 'else', answered_by = '{me}', answered_at = "
        f"clock_timestamp() WHERE id = '{{{of}}}'"
        for of in ("done", "sent", "gone")
    ),
    (
        "UPDATE passed_case SET answer = NULL, answered_by = NULL, answered_at = NULL "
        "WHERE id = '{done}'"
    ),
    *(
        f"UPDATE passed_case SET withdrawn_at = clock_timestamp() WHERE id = '{{{of}}}'"
        for of in ("done", "sent", "gone")
    ),
    "UPDATE passed_case SET withdrawn_at = NULL WHERE id = '{gone}'",
    "UPDATE passed_case SET withdrawn_at = clock_timestamp() WHERE id = '{waits}'",
    (
        "UPDATE passed_case SET answer = 'x', answered_by = '{other}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "INSERT INTO passed_case (facility_id, id, cause, check_id, severity, guests, raised_at, "
        "from_ward, to_ward, note, passed_by, answer, answered_by, answered_at) VALUES ('{house}', "
        "gen_random_uuid(), 'c', 'k', 'high', 1, now(), '{here}', '{there}', 'x', '{me}', 'x', "
        "'{other}', clock_timestamp())"
    ),
    (
        "UPDATE stay_return SET answer = 'else', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{done}'"
    ),
    (
        "UPDATE stay_return SET answer = 'x', answered_by = '{other}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "INSERT INTO stay_return (facility_id, id, stay_id, version, reason, returned_by, answer, "
        "answered_by, answered_at) VALUES ('{house}', gen_random_uuid(), '{done}', 1, 'x', '{me}', "
        "'x', '{me}', clock_timestamp())"
    ),
    "UPDATE closure SET ends_on = '9999-01-01' WHERE id = '{done}'",
    "UPDATE closure SET ended_by = '{me}', ended_at = clock_timestamp() WHERE id = '{done}'",
    "UPDATE closure SET ends_on = '2026-03-01' WHERE id = '{waits}'",
    (
        "UPDATE closure SET ends_on = '2026-03-01', ended_by = '{other}', "
        "ended_at = clock_timestamp(), end_reason = 'x' WHERE id = '{waits}'"
    ),
    "DELETE FROM closure WHERE id = '{done}'",
    "UPDATE watch_list SET removed_at = NULL, end_reason = NULL WHERE id = '{done}'",
    "UPDATE watch_list SET end_reason = 'else' WHERE id = '{done}'",
    "UPDATE watch_list SET valid_until = '9999-01-01' WHERE id = '{gone}'",
    "UPDATE watch_list SET valid_until = '9999-01-01' WHERE id = '{done}'",
    "UPDATE watch_list SET end_reason = 'x' WHERE id = '{waits}'",
    "UPDATE watch_list SET removed_at = '2026-01-01', end_reason = 'x' WHERE id = '{waits}'",
    "UPDATE vault.watch_upload SET confirmed_at = NULL WHERE id = '{done}'",
    "DELETE FROM vault.watch_upload WHERE id = '{done}'",
    (
        "UPDATE flag SET outcome = 'nothing_wrong', dismissed_at = clock_timestamp(), "
        "dismissed_by = '{other}' WHERE id = '{waits}'"
    ),
    (
        "UPDATE flag SET outcome = 'nothing_wrong', dismissed_at = '2026-01-01', "
        "dismissed_by = '{me}' "
        "WHERE id = '{waits}'"
    ),
    (
        "INSERT INTO flag_deed (facility_id, id, cause, deed, from_ward, actor_id, at) VALUES "
        "('{house}', gen_random_uuid(), 'c', 'noted', '{here}', '{me}', '2026-01-01')"
    ),
    (
        "INSERT INTO silence_call (ward_code, id, night, facility_id, called_by, "
        "outcome, note) VALUES "
        "('{here}', gen_random_uuid(), '2026-01-01', '{house}', '{other}', 'x', '')"
    ),
    (
        "INSERT INTO facility_visit (facility_id, id, visited_on, officers, seen, outcomes, "
        "recorded_by) VALUES ('{house}', gen_random_uuid(), '2026-01-01', 'x', 'x', "
        "'{{}}', '{other}')"
    ),
    (
        "INSERT INTO facility_visit (facility_id, id, visited_on, officers, seen, outcomes, "
        "recorded_by, recorded_at) VALUES ('{house}', gen_random_uuid(), '2026-01-01', 'x', 'x', "
        "'{{}}', '{me}', '2026-01-01')"
    ),
    "UPDATE facility_visit SET seen = 'else'",
    (
        "INSERT INTO ward_message (facility_id, id, body, sent_by) VALUES "
        "('{house}', gen_random_uuid(), 'x', '{other}')"
    ),
    (
        "INSERT INTO quiet_night (facility_id, night, ward_code, said_by, via) VALUES "
        "('{house}', '2026-01-01', '{here}', '{other}', 'desk')"
    ),
    (
        "UPDATE break_glass SET reviewed_at = clock_timestamp(), reviewed_by = '{me}', "
        "justified = false, review_note = 'else' WHERE id = '{done}'"
    ),
    (
        "UPDATE break_glass SET reviewed_at = '2026-01-01', reviewed_by = '{me}', "
        "justified = true, "
        "review_note = 'x' WHERE id = '{waits}'"
    ),
    # What is another ward's, another house's or another officer's.
    "DELETE FROM closure WHERE id = '{theirs}'",
    (
        "INSERT INTO closure (facility_id, id, starts_on, ends_on, reason, ordered_by, ordered_at) "
        "VALUES ('{away}', gen_random_uuid(), '2026-01-01', '9999-01-01', 'x', '{me}', "
        "clock_timestamp())"
    ),
    (
        "INSERT INTO closure (facility_id, id, starts_on, ends_on, reason, ordered_by, ordered_at) "
        "VALUES ('{house}', gen_random_uuid(), '2026-01-01', '9999-01-01', 'x', '{other}', "
        "clock_timestamp())"
    ),
    (
        "INSERT INTO closure (facility_id, id, starts_on, ends_on, reason, ended_by, ended_at, "
        "end_reason) VALUES ('{house}', gen_random_uuid(), '2026-01-01', '9999-01-01', 'x', "
        "'{other}', clock_timestamp(), 'x')"
    ),
    "SELECT FROM facility_visit WHERE facility_id = '{away}'",
    "SELECT FROM silence_call WHERE ward_code = '{there}'",
    "SELECT FROM ward_message WHERE facility_id = '{away}'",
    "SELECT FROM vault.watch_upload WHERE owner_id = '{other}'",
    "DELETE FROM quiet_night WHERE facility_id = '{away}'",
    (
        "UPDATE flag SET outcome = 'called', dismissed_at = clock_timestamp(), "
        "dismissed_by = '{me}' WHERE id = '{theirs}'"
    ),
    (
        "INSERT INTO vault.watch_upload (owner_id, id, name, reason, valid_until, documents, "
        "broken, index_a, index_b, found_by) VALUES ('{third}', gen_random_uuid(), 'a', 'x', "
        "'9999-01-01', 1, 0, ARRAY[''::bytea], ARRAY[NULL::bytea], 'a')"
    ),
    "UPDATE vault.watch_upload SET confirmed_at = clock_timestamp() WHERE id = '{done}'",
    "UPDATE gate SET ended_at = NULL WHERE id = '{done}'",
    "UPDATE gate SET secret_hash = sha256('y') WHERE id = '{done}'",
    (
        "INSERT INTO gate (id, ward_code, label, kind, secret_hash, created_by) VALUES "
        "(gen_random_uuid(), '{here}', 'Cổng', 'other', sha256('z'), '{other}')"
    ),
    (
        "INSERT INTO gate (id, ward_code, label, kind, secret_hash, created_by) "
        "SELECT gen_random_uuid(), code, 'Cổng', 'other', sha256('v'), '{me}' "
        "FROM ward WHERE province_code <> '01' LIMIT 1"
    ),
    "UPDATE gate_count SET came_in = 7",
    "UPDATE gate_count SET ends_at = ends_at + interval '1 hour'",
    "UPDATE gate_count SET gate_id = gen_random_uuid()",
    "UPDATE release SET withdrawn_at = NULL, withdrawn_reason = NULL",
]
#: The same in the name of another officer, who works in a ward without houses. Without a WHERE no
#: policy of reading stands in the way.
ELSEWHERE = [
    (
        "UPDATE closure SET ends_on = '2026-03-01', ended_by = '{other}', "
        "ended_at = clock_timestamp(), end_reason = 'x'"
    ),
    "UPDATE vault.watch_upload SET confirmed_at = '9999-01-01' WHERE id = '{theirs}'",
]
#: What is meant to be done, by the same rights: the policies refuse no more than they should.
MEANT = [
    "UPDATE shift_note SET taken_by = '{me}', taken_at = clock_timestamp() WHERE id = '{waits}'",
    (
        "UPDATE passed_case SET answer = 'x', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "UPDATE stay_return SET answer = 'x', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "UPDATE closure SET ends_on = '2026-03-01', ended_by = '{me}', ended_at = "
        "clock_timestamp(), "
        "end_reason = 'x' WHERE id = '{waits}'"
    ),
    "UPDATE watch_list SET removed_at = clock_timestamp(), end_reason = 'x' WHERE id = '{waits}'",
    (
        "UPDATE flag SET outcome = 'called', dismissed_at = clock_timestamp(), "
        "dismissed_by = '{me}' "
        "WHERE id = '{waits}'"
    ),
]
