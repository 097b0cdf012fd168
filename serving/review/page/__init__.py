"""The review page: what a coder sees of a visit, from the store to the templates. Knows no HTTP; the routes are ``serving.service.routes.pages``."""
