"""What sessions can be asked: read tables to views, each as its caller may see it."""
