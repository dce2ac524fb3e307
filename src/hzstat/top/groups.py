"""What is shown, and how often it is sampled where nobody says otherwise."""

# The groups, by the key that shows and hides them (an option, too), each with its source.
GROUPS = {"c": ("cpu", "stat"), "m": ("memory", "meminfo"), "n": ("net", "net/dev"),
          "l": ("load", "loadavg"), "d": ("disk", "diskstats")}
# What is drawn from each sample moves with the kernel's counters; the rest changes more slowly.
USUAL_HZ = 1000.0
RATES_HZ = {"stat": USUAL_HZ, "net/dev": USUAL_HZ, "meminfo": 100.0, "loadavg": 10.0,
            "diskstats": 100.0}
