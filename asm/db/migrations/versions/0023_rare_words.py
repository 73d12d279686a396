"""Search the register by its rare words: the common ones find too much and cost the most."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

WORDS = "array_to_tsvector(string_to_array(d.folded, ' '))"

# The index keeps a list of doors for each word. One that stands in most addresses (xa, ngo) has a
# list as long as the register, and going through it tells nothing. What the planner knows of the
# index names the common words with their shares; a word that it does not name is rare, or mistyped.
# Of the four rarest, all or all but one are wanted, and what is found is put in order by likeness.
# Those with all of them are fetched apart, so that no crowd of lesser ones keeps them out. A door
# that has every word asked for is the likest there is: another house of the street is not.
BY_RARE_WORDS = f"""
CREATE OR REPLACE FUNCTION addresses_like(wanted text, most integer)
RETURNS TABLE (code text, likeness real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET pg_trgm.word_similarity_threshold = 0.5 AS $$
#variable_conflict use_column
DECLARE
  words text[] := ARRAY(
    SELECT asked.word
    FROM (SELECT DISTINCT unnest(string_to_array(wanted, ' ')) AS word) asked
    LEFT JOIN (
      SELECT unnest(most_common_elems::text::text[]) AS word,
        unnest(most_common_elem_freqs) AS share
      FROM pg_stats WHERE schemaname = 'public' AND tablename = 'digital_address_words'
    ) common ON common.word = asked.word
    WHERE asked.word <> ''
    ORDER BY coalesce(common.share, 0), length(asked.word) DESC, asked.word LIMIT 4);
  every tsquery;
  asked tsquery;
BEGIN
  IF current_setting('asm.role', true) IS DISTINCT FROM 'administrator' THEN
    RETURN;
  END IF;
  SELECT string_agg('(' || (
    SELECT string_agg(quote_literal(w), ' & ') FROM unnest(words) w
    WHERE cardinality(words) < 3 OR w <> left_out
  ) || ')', ' | ')::tsquery INTO asked FROM unnest(words) left_out;
  SELECT string_agg(quote_literal(w), ' & ')::tsquery INTO every FROM unnest(words) w;
  RETURN QUERY
    SELECT a.code, CASE WHEN string_to_array(a.folded, ' ') @> string_to_array(wanted, ' ')
      THEN 1 ELSE word_similarity(wanted, a.folded) END FROM (
      (SELECT d.code, d.folded FROM digital_address d WHERE {WORDS} @@ every LIMIT 1000)
      UNION (SELECT d.code, d.folded FROM digital_address d WHERE {WORDS} @@ asked LIMIT 2000)
    ) a
    ORDER BY 2 DESC, length(a.folded), a.code LIMIT least(most, 200);
  IF FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT a.code, word_similarity(wanted, a.folded) FROM digital_address a
    WHERE wanted <% a.folded
    ORDER BY 2 DESC, length(a.folded), a.code LIMIT least(most, 200);
END $$;
"""
# As revision 0012 made it.
BY_ALL_WORDS = f"""
CREATE OR REPLACE FUNCTION addresses_like(wanted text, most integer)
RETURNS TABLE (code text, likeness real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET pg_trgm.word_similarity_threshold = 0.5 AS $$
#variable_conflict use_column
DECLARE
  words text[] := ARRAY(
    SELECT DISTINCT w FROM unnest(string_to_array(wanted, ' ')) w WHERE w <> '' LIMIT 12);
  asked tsquery;
BEGIN
  IF current_setting('asm.role', true) IS DISTINCT FROM 'administrator' THEN
    RETURN;
  END IF;
  SELECT string_agg('(' || (
    SELECT string_agg(quote_literal(w), ' & ') FROM unnest(words) w
    WHERE cardinality(words) < 3 OR w <> left_out
  ) || ')', ' | ')::tsquery INTO asked FROM unnest(words) left_out;
  RETURN QUERY
    SELECT a.code, word_similarity(wanted, a.folded) FROM (
      SELECT d.code, d.folded FROM digital_address d WHERE {WORDS} @@ asked LIMIT 2000
    ) a
    ORDER BY 2 DESC, length(a.folded), a.code LIMIT least(most, 200);
  IF FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT a.code, word_similarity(wanted, a.folded) FROM digital_address a
    WHERE wanted <% a.folded
    ORDER BY 2 DESC, length(a.folded), a.code LIMIT least(most, 200);
END $$;
"""


def upgrade() -> None:
    op.execute("SELECT similarity('a', 'b')")  # loads the library that owns the parameter
    op.execute(BY_RARE_WORDS)


def downgrade() -> None:
    op.execute("SELECT similarity('a', 'b')")
    op.execute(BY_ALL_WORDS)
