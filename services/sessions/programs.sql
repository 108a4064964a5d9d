-- What sessions knows of enrollment: who runs a program, what it aims at, which competencies exist.

CREATE TABLE program_managers (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    person_id uuid NOT NULL,
    PRIMARY KEY (tenant, program_id, person_id)
);

CREATE TABLE charters (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    priorities jsonb NOT NULL,            -- codes of the charter's objectives
    PRIMARY KEY (tenant, program_id)
);

CREATE TABLE competencies (
    tenant text NOT NULL,
    competency_id uuid NOT NULL,
    retired boolean NOT NULL,
    PRIMARY KEY (tenant, competency_id)
);
