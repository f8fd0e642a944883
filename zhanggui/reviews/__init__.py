"""What buyers say after a trade: reviews, credit levels of bazaar shops, the three scores of mall shops."""
