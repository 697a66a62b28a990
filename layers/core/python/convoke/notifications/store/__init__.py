"""SQL of what people are told: the list, the deliveries, the devices."""
