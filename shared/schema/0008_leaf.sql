-- The hash of a record comes with it from who writes it, and so covers the way here, too. A
-- Postgres without OpenSSL takes 7 microseconds for it, as long as for all the rest of numbering.
-- A record without one, of before or from a process of the version before, is hashed when numbered.

ALTER TABLE log.events ADD COLUMN leaf bytea;  -- sha256(0x00 || record), RFC 9162

DROP FUNCTION log.commit_all(
    text, text[], bigint[], uuid[], text[], smallint[], bytea[], text[], bigint[],
    text[], text[], text[], text[], smallint[], text[], bytea[], text[], text[], text
);

CREATE FUNCTION log.commit_all(
    in_tenant text,
    in_streams text[], in_versions bigint[], in_event_ids uuid[],
    in_types text[], in_slots smallint[], in_records bytea[],  -- one a new event, in their order
    in_heads text[], in_expected bigint[],                     -- one a stream that must be there
    in_subjects text[], in_routes text[], in_keys text[], in_fingerprints text[],
    in_statuses smallint[], in_headers text[], in_bodies bytea[],  -- one a key, with its answer
    in_writes text[], in_rows text[],                          -- statements on own read tables
    in_patience text,                                          -- how long to wait for others
    in_leaves bytea[] DEFAULT NULL                             -- one a record; last, as it is new
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    taken bigint;
BEGIN
    PERFORM set_config('app.tenant', in_tenant, true);
    IF in_patience IS NOT NULL THEN
        PERFORM set_config('lock_timeout', in_patience, true);
    END IF;
    -- Too low an expected version meets the unique key; too high a one has no event at it.
    FOR place IN 1 .. coalesce(cardinality(in_heads), 0) LOOP
        PERFORM FROM log.events e
        WHERE e.tenant = in_tenant AND e.stream = in_heads[place]
            AND e.version = in_expected[place];
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a stream is not at its expected version' USING ERRCODE = '40001';
        END IF;
    END LOOP;
    IF in_streams IS NOT NULL THEN
        INSERT INTO log.events (tenant, stream, version, event_id, type, slot, record, leaf)
        SELECT in_tenant, e.stream, e.version, e.event_id, e.type, e.slot, e.record, e.leaf
        FROM unnest(in_streams, in_versions, in_event_ids, in_types, in_slots, in_records,
                    in_leaves)
            WITH ORDINALITY AS e (stream, version, event_id, type, slot, record, leaf, place)
        ORDER BY e.place;
    END IF;
    FOR place IN 1 .. coalesce(cardinality(in_writes), 0) LOOP
        EXECUTE in_writes[place] USING in_rows[place];
    END LOOP;
    IF in_keys IS NOT NULL THEN
        INSERT INTO log.idempotency
            (tenant, subject, route, key, fingerprint, status, headers, body)
        SELECT in_tenant, k.subject, k.route, k.key, k.fingerprint,
            k.status, k.headers::jsonb, k.body
        FROM unnest(in_subjects, in_routes, in_keys, in_fingerprints,
                    in_statuses, in_headers, in_bodies)
            AS k (subject, route, key, fingerprint, status, headers, body)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS taken = ROW_COUNT;
        IF taken < cardinality(in_keys) THEN
            RAISE EXCEPTION 'a key was taken meanwhile' USING ERRCODE = '40001';
        END IF;
    END IF;
END
$$;
