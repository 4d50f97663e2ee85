"""What every refusal of the API looks like: one shape, and nothing of what is inside."""

import re

INSIDE = re.compile(
    r"Traceback|SELECT|sqlalchemy|litestar|msgspec|psycopg|\.py\b|/home/|/tmp/|\d+\.\d+\.\d+", re.IGNORECASE
)


def assert_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert problem["status"] == status
    assert not INSIDE.search(response.text), response.text
    return problem
