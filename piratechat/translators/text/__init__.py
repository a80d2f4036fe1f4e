"""Protected spans, masking and sentence splitting."""
