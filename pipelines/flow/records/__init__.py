"""What is known of a submission or a unit: status, history rows, rulings, the documents that tell it."""
