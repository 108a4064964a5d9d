"""The comparison: a plain FastAPI route that inserts one row and commits; no token, no rules."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel


class Competency(BaseModel):
    """What the measured command takes too."""

    code: str
    name: str
    category: str
    description: str


class Stored(Competency):
    """And what it answers."""

    competency_id: UUID


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BARE_DATABASE"], min_size=10, max_size=10) as pool:
        await pool.execute(
            "CREATE TABLE IF NOT EXISTS bare_competency (competency_id uuid PRIMARY KEY,"
            " code text, name text, category text, description text)"
        )
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)


@app.post("/competencies", status_code=201)
async def define(body: Competency) -> Stored:
    """Insert one row, commit, answer with it."""
    stored = Stored(competency_id=uuid4(), **body.model_dump())
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO bare_competency VALUES ($1, $2, $3, $4, $5)",
            stored.competency_id,
            stored.code,
            stored.name,
            stored.category,
            stored.description,
        )
    return stored
