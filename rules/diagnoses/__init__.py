"""Rules for outpatient diagnoses (IC-01 to IC-36): candidate codes in, the list that may be reported out, each change argued."""
