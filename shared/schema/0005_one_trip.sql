-- A command in two round trips: one reads its streams, one commits all that it decided. Both run
-- with the caller's own rights and under row security; they only save the way there and back.
-- Their plans are kept as long as the connection, and may be made while the log is empty: a scan of
-- it looks cheap then, and would be repeated for each command when it is long. So it is ruled out.

CREATE FUNCTION log.read_streams(in_tenant text, in_streams text[], in_after bigint[])
RETURNS TABLE (stream text, version bigint, record bytea)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    PERFORM set_config('app.tenant', in_tenant, true);
    RETURN QUERY
    SELECT wanted.stream, e.version, e.record
    FROM unnest(in_streams, in_after) AS wanted (stream, after)
    CROSS JOIN LATERAL (
        SELECT e.version, e.record FROM log.events e
        WHERE e.tenant = in_tenant AND e.stream = wanted.stream AND e.version > wanted.after
        ORDER BY e.version
        OFFSET 0  -- a lookup a stream, never a join with the whole log
    ) e;
END
$$;

CREATE FUNCTION log.commit(
    in_tenant text,
    in_streams text[], in_versions bigint[], in_event_ids uuid[],
    in_types text[], in_slots smallint[], in_records bytea[],  -- one a new event, in their order
    in_heads text[], in_expected bigint[],                     -- one a stream that is appended to
    in_key text[],                                             -- subject, route, key, fingerprint
    in_status smallint, in_headers text, in_body bytea,        -- what the key was answered with
    in_writes text[], in_rows text[]                           -- statements on own read tables
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    PERFORM set_config('app.tenant', in_tenant, true);
    -- Too low an expected version meets the unique key; too high a one has no event at it.
    FOR place IN 1 .. cardinality(in_heads) LOOP
        IF in_expected[place] > 0 THEN
            PERFORM FROM log.events e
            WHERE e.tenant = in_tenant AND e.stream = in_heads[place]
                AND e.version = in_expected[place];
            IF NOT FOUND THEN
                RAISE EXCEPTION 'a stream is not at its expected version' USING ERRCODE = '40001';
            END IF;
        END IF;
    END LOOP;
    INSERT INTO log.events (tenant, stream, version, event_id, type, slot, record)
    SELECT in_tenant, e.stream, e.version, e.event_id, e.type, e.slot, e.record
    FROM unnest(in_streams, in_versions, in_event_ids, in_types, in_slots, in_records)
        WITH ORDINALITY AS e (stream, version, event_id, type, slot, record, place)
    ORDER BY e.place;
    FOR place IN 1 .. cardinality(in_writes) LOOP
        EXECUTE in_writes[place] USING in_rows[place];
    END LOOP;
    IF in_key IS NOT NULL THEN
        INSERT INTO log.idempotency
            (tenant, subject, route, key, fingerprint, status, headers, body)
        VALUES (in_tenant, in_key[1], in_key[2], in_key[3], in_key[4],
                in_status, in_headers::jsonb, in_body)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the key was taken meanwhile' USING ERRCODE = '40001';
        END IF;
    END IF;
END
$$;
