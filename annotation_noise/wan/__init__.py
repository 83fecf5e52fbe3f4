"""COCO-WAN: masks drawn anew by a promptable model from weak prompts."""
