"""What is known of single papers: their studies, their numbers, their claims."""
