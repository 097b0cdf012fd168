"""Predictors that propose facts and codes from a reading, and ``propose``, where reading, predicting and judging meet."""
