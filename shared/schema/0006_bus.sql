-- Where on the bus a holder of slots was: a hint that spares reading a topic from its beginning.
-- Numbers alone decide what was handled; the relay's mark says where the broker keeps its last one.

ALTER TABLE log.leases ADD COLUMN mark text NOT NULL DEFAULT '';
