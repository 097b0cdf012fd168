"""One predictor a file; each takes readings and says what it proposes. Predictors know nothing of ``rules``."""
