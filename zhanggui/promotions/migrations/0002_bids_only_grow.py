from django.db import migrations

FORWARD = """
CREATE FUNCTION promotions_bids_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'bids are only ever added: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER bid_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON promotions_bid
  FOR EACH STATEMENT EXECUTE FUNCTION promotions_bids_only_grow();
"""
BACK = """
DROP TRIGGER bid_only_grows ON promotions_bid;
DROP FUNCTION promotions_bids_only_grow();
"""


class Migration(migrations.Migration):
    dependencies = [("promotions", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
