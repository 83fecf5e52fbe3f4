"""Label-error finders, as score_findings.py takes what they find."""
