"""The only place that writes orders; one file per noun."""
