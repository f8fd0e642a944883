"""The routes of this room for the walk of tests/test_routes.py."""

from tests.routes import Route

ROUTES: list[Route] = []
