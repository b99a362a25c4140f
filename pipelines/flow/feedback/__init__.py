"""What goes back to a sender and what comes of it: receipts, workbooks, explanations, returns."""
