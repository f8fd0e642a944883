"""The only place that writes stock; one file per noun."""
