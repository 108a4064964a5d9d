-- What metrics itself decided; may be dropped and rebuilt from its own events.

CREATE TABLE reports (
    tenant text NOT NULL,
    report_id uuid NOT NULL,
    program_id uuid NOT NULL,
    kind text NOT NULL,
    figures_digest text NOT NULL,
    group_size_min integer NOT NULL,
    published_at timestamptz NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (tenant, report_id)
);
CREATE INDEX reports_of_program ON reports (tenant, program_id, published_at, report_id);

CREATE TABLE disclosures (
    tenant text NOT NULL,
    disclosure_id uuid NOT NULL,
    program_id uuid NOT NULL,
    measure text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, disclosure_id)
);
CREATE INDEX disclosures_of_program ON disclosures (tenant, program_id, made_at, disclosure_id);
