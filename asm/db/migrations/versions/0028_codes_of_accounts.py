"""One-time codes: invitations, first and forgotten passwords; owners of facilities; provinces of
officers.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Code of the version before goes on: it neither reads nor writes what is new. A facility that it
# registers meanwhile has no owner yet; its ward can hand out a code for one.
OWNERS = """
ALTER TABLE membership ADD COLUMN owner boolean NOT NULL DEFAULT false;
ALTER TABLE facility NO FORCE ROW LEVEL SECURITY;
UPDATE membership SET owner = true FROM facility
WHERE facility.id = membership.facility_id AND facility.registered_by = membership.account_id;
ALTER TABLE facility FORCE ROW LEVEL SECURITY;
GRANT UPDATE (owner), DELETE ON membership TO asm_api;
ALTER TABLE account ADD COLUMN province_code text REFERENCES province;
ALTER TABLE account ADD CONSTRAINT account_province_check
  CHECK (province_code IS NULL OR role = 'provincial_officer');
ALTER TABLE account ADD COLUMN disabled_by text
  CHECK (disabled_by IN ('operator', 'administrator', 'provincial_officer'));
GRANT UPDATE (disabled_by) ON account TO asm_api;
"""

# A link carries the id, which opens nothing. Of the code stands a keyed hash; an invitation by a
# login has none, and keeps the login as it was typed: one waits of each, whether or not there is
# such an account. `held_by`: the hash of the secret of the browser that gave it.
TABLES = """
CREATE TABLE account_code (
  id uuid PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('join_facility', 'open_account', 'first_password',
    'reset_password')),
  code_hash bytea UNIQUE,
  account_id uuid REFERENCES account,
  facility_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  ward_code text REFERENCES ward,
  role text,
  owner boolean NOT NULL DEFAULT false,
  display_name text,
  invited_login text,
  issued_by uuid REFERENCES account,
  issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  held_by bytea UNIQUE,
  held_until timestamptz,
  spent_at timestamptz,
  spent_by uuid,
  withdrawn_at timestamptz,
  CHECK (purpose <> 'join_facility' OR facility_id <> '00000000-0000-0000-0000-000000000000')
);
CREATE INDEX account_code_facility ON account_code (facility_id, issued_at);
CREATE INDEX account_code_account ON account_code (account_id);
CREATE INDEX account_code_issuer ON account_code (issued_by, issued_at);
CREATE UNIQUE INDEX account_code_invited ON account_code (facility_id, invited_login)
  WHERE invited_login IS NOT NULL AND spent_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX account_code_expired ON account_code (expires_at);
"""

MINE = (
    "= ANY ((SELECT string_to_array(current_setting('asm.facilities', true), ',')::uuid[])::uuid[])"
)
ME = "(SELECT nullif(current_setting('asm.actor', true), '')::uuid)"
WARD = "(SELECT current_setting('asm.ward', true))"
ROLE = "(SELECT current_setting('asm.role', true))"
OF_WARD = f"= ANY (ARRAY(SELECT id FROM facility WHERE ward_code = {WARD}))"
NONE = "'00000000-0000-0000-0000-000000000000'"

# Codes say who may do something for whom: a facility's people see its invitations, an officer
# those of the ward; who gives one out does it in their own name and for what is theirs.
SECURITY = f"""
ALTER TABLE account_code ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_code_read ON account_code FOR SELECT TO asm_api
  USING (issued_by = {ME} OR account_id = {ME} OR facility_id {MINE} OR facility_id {OF_WARD});
CREATE POLICY account_code_issue ON account_code FOR INSERT TO asm_api
  WITH CHECK (issued_by = {ME} AND spent_at IS NULL AND held_by IS NULL AND (facility_id {MINE}
    OR facility_id {OF_WARD} OR (facility_id = {NONE} AND (ward_code = {WARD}
    OR {ROLE} IN ('administrator', 'provincial_officer')))));
CREATE POLICY account_code_settle ON account_code FOR UPDATE TO asm_api
  USING (issued_by = {ME} OR facility_id {MINE} OR account_id = {ME} OR facility_id {OF_WARD});
CREATE POLICY account_code_owner ON account_code TO asm_owner USING (true);
CREATE POLICY account_code_worker ON account_code TO asm_worker USING (true);
GRANT SELECT, INSERT ON account_code TO asm_api;
GRANT UPDATE (withdrawn_at, spent_at, spent_by) ON account_code TO asm_api;
GRANT SELECT, DELETE ON account_code TO asm_worker;
CREATE POLICY outbox_account ON outbox FOR INSERT TO asm_api
  WITH CHECK (facility_id = {NONE} AND (topic = 'account.code_requested'
    OR (topic = 'account.password_changed' AND (payload ->> 'account_id')::uuid = {ME})
    OR (topic = 'facility.people_changed' AND (payload ->> 'by')::uuid = {ME})));
"""

# Who types a code need not be signed in, so the owner's functions look it up: by its keyed hash,
# or by the secret of the browser that gave it. A code lives as long as who handed it out may: an
# owner's code for a password dies with the first other house that the password would open, a ward's
# with the first house of another ward; a ward's code for an owner with the first owner. An
# officer's dies when they or the house move to another ward, a province's when its officer or the
# ward's moves to another province.
# Of those who forgot, only who has an address takes one of the few codes: whose own login it is,
# then the first account of each address, in the order in which the name was taken.
FUNCTIONS = """
CREATE FUNCTION has_living_owner(house uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM membership JOIN account ON account.id = membership.account_id
    WHERE membership.facility_id = house AND membership.owner AND account.disabled_at IS NULL)
$$;
CREATE FUNCTION may_hand_out(code account_code, issuer account) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN issuer.role = 'administrator' THEN true
    WHEN issuer.role = 'provincial_officer' THEN EXISTS (
      SELECT FROM account AS officer JOIN ward ON ward.code = officer.ward_code
      WHERE officer.id = code.account_id AND officer.role = 'ward_officer'
        AND ward.province_code = issuer.province_code)
    WHEN issuer.role = 'ward_officer' THEN issuer.ward_code = code.ward_code AND CASE code.purpose
      WHEN 'reset_password' THEN NOT EXISTS (
        SELECT FROM membership JOIN facility ON facility.id = membership.facility_id
        WHERE membership.account_id = code.account_id
          AND facility.ward_code IS DISTINCT FROM code.ward_code)
      WHEN 'join_facility' THEN NOT has_living_owner(code.facility_id) AND EXISTS (
        SELECT FROM facility
        WHERE facility.id = code.facility_id AND facility.ward_code = code.ward_code)
      ELSE true END
    ELSE EXISTS (
        SELECT FROM membership WHERE membership.facility_id = code.facility_id
          AND membership.account_id = issuer.id AND membership.owner)
      AND (code.purpose <> 'reset_password' OR NOT EXISTS (
        SELECT FROM membership WHERE membership.account_id = code.account_id
          AND (membership.owner OR membership.facility_id <> code.facility_id)))
    END
$$;
CREATE FUNCTION code_is_live(code account_code) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT code.spent_at IS NULL AND code.withdrawn_at IS NULL
    AND code.expires_at > clock_timestamp()
    AND (code.purpose NOT IN ('first_password', 'reset_password') OR code.account_id IS NOT NULL)
    AND (code.account_id IS NULL OR EXISTS (
      SELECT FROM account WHERE account.id = code.account_id AND account.disabled_at IS NULL))
    AND (code.issued_by IS NULL OR EXISTS (
      SELECT FROM account AS issuer WHERE issuer.id = code.issued_by
        AND issuer.disabled_at IS NULL AND may_hand_out(code, issuer)))
    AND (code.purpose <> 'reset_password'
      OR code.facility_id = '00000000-0000-0000-0000-000000000000' OR EXISTS (
        SELECT FROM membership WHERE membership.facility_id = code.facility_id
          AND membership.account_id = code.account_id))
$$;
CREATE FUNCTION hold_code(hashes bytea[], holder bytea, minutes integer) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE account_code SET held_by = holder,
    held_until = clock_timestamp() + make_interval(mins => minutes)
  WHERE code_hash = ANY(hashes) AND spent_at IS NULL AND code_is_live(account_code)
  RETURNING id
$$;
CREATE FUNCTION held_code(holder bytea) RETURNS TABLE (id uuid, purpose text, account_id uuid,
  login text, account_name text, facility_id uuid, ward_code text, role text, owner boolean,
  display_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT code.id, code.purpose, code.account_id, account.login, account.display_name,
    code.facility_id, code.ward_code, code.role, code.owner, code.display_name
  FROM account_code AS code LEFT JOIN account ON account.id = code.account_id
  WHERE code.held_by = holder AND code.held_until > clock_timestamp() AND code_is_live(code)
$$;
CREATE FUNCTION spend_code(holder bytea, spender uuid) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- Of two codes for the owner of one house the second finds an owner: they take turns.
  SELECT other.id FROM account_code AS mine JOIN account_code AS other USING (facility_id)
  WHERE mine.held_by = holder AND mine.owner AND other.owner
  ORDER BY other.id FOR UPDATE OF other;
  WITH spent AS (
    UPDATE account_code SET spent_at = clock_timestamp(), spent_by = spender
    WHERE held_by = holder AND held_until > clock_timestamp() AND spent_at IS NULL
      AND code_is_live(account_code)
    RETURNING id, account_id, purpose
  ), others AS (
    UPDATE account_code AS other SET withdrawn_at = clock_timestamp() FROM spent
    WHERE spent.purpose IN ('first_password', 'reset_password')
      AND other.account_id = spent.account_id AND other.id <> spent.id
      AND other.purpose IN ('first_password', 'reset_password') AND other.spent_at IS NULL
      AND other.withdrawn_at IS NULL
    RETURNING other.id
  )
  SELECT id FROM spent
$$;
CREATE FUNCTION ask_reset_codes(typed text, name text, codes uuid[], hashes bytea[],
  minutes integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH addresses AS (
    SELECT account.id, login = typed AS by_login, named_at, row_number() OVER (
      PARTITION BY contact.digest ORDER BY login <> typed, named_at, account.id) AS nth
    FROM account JOIN contact ON contact.account_id = account.id
      AND contact.channel = 'email' AND contact.for_codes AND contact.confirmed_at IS NOT NULL
      AND contact.removed_at IS NULL
    WHERE (login = typed OR sign_in_name = name) AND disabled_at IS NULL
      AND password_hash <> '!'
      AND role IN ('receptionist', 'landlord', 'hospital_clerk', 'hotel_system')
  ), meant AS (
    SELECT id, row_number() OVER (ORDER BY NOT by_login, min(nth), named_at, id) AS place
    FROM addresses GROUP BY id, by_login, named_at
  )
  INSERT INTO account_code (id, purpose, code_hash, account_id, expires_at)
  SELECT code, 'reset_password', hash, meant.id,
    clock_timestamp() + make_interval(mins => minutes)
  FROM unnest(codes, hashes) WITH ORDINALITY AS new (code, hash, place)
    LEFT JOIN meant USING (place)
$$;
CREATE FUNCTION my_invitations() RETURNS TABLE (id uuid, facility_id uuid, owner boolean,
  expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT code.id, code.facility_id, code.owner, code.expires_at FROM account_code AS code
  WHERE code.account_id = nullif(current_setting('asm.actor', true), '')::uuid
    AND code.purpose = 'join_facility' AND code.code_hash IS NULL AND code_is_live(code)
  ORDER BY code.issued_at DESC LIMIT 20
$$;
CREATE FUNCTION withdraw_codes_of_disabled(issuer uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE account_code SET withdrawn_at = clock_timestamp()
  WHERE issued_by = issuer AND spent_at IS NULL AND withdrawn_at IS NULL
    AND EXISTS (SELECT FROM account WHERE id = issuer AND disabled_at IS NOT NULL)
$$;
REVOKE ALL ON FUNCTION has_living_owner(uuid), may_hand_out(account_code, account),
  withdraw_codes_of_disabled(uuid), code_is_live(account_code), hold_code(bytea[], bytea, integer),
  held_code(bytea), spend_code(bytea, uuid), ask_reset_codes(text, text, uuid[], bytea[], integer),
  my_invitations() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION withdraw_codes_of_disabled(uuid), code_is_live(account_code),
  hold_code(bytea[], bytea, integer),
  held_code(bytea), spend_code(bytea, uuid), ask_reset_codes(text, text, uuid[], bytea[], integer),
  my_invitations() TO asm_api;
GRANT EXECUTE ON FUNCTION code_is_live(account_code) TO asm_worker;
"""


def upgrade() -> None:
    op.execute(OWNERS)
    op.execute(TABLES)
    op.execute(SECURITY)
    op.execute(FUNCTIONS)


def downgrade() -> None:
    op.execute("DROP POLICY outbox_account ON outbox")
    op.execute("DROP FUNCTION withdraw_codes_of_disabled(uuid)")
    op.execute(
        "DROP FUNCTION my_invitations(), ask_reset_codes(text, text, uuid[], bytea[], integer), "
        "spend_code(bytea, uuid), held_code(bytea), hold_code(bytea[], bytea, integer), "
        "code_is_live(account_code), may_hand_out(account_code, account), has_living_owner(uuid)"
    )
    op.execute("DROP TABLE account_code")
    op.execute("ALTER TABLE account DROP COLUMN province_code, DROP COLUMN disabled_by")
    op.execute("REVOKE UPDATE (owner), DELETE ON membership FROM asm_api")
    op.execute("ALTER TABLE membership DROP COLUMN owner")
