/* SPDX-License-Identifier: MIT */
#include <rota/stats.h>

uint64_t rota_stats_latency(const struct rota_task_stats *stats, uint32_t permille)
{
        uint64_t samples = 0;
        for (uint32_t b = 0; b < ROTA_HISTOGRAM_BUCKETS; b++)
                samples += stats->wake_histogram[b];
        if (!samples)
                return 0;
        uint64_t wanted = (samples * permille + 999) / 1000;
        uint64_t seen = 0;
        for (uint32_t b = 0; b < ROTA_HISTOGRAM_BUCKETS; b++) {
                seen += stats->wake_histogram[b];
                if (seen >= wanted && seen) {
                        uint64_t limit = rota_histogram_limit(b);
                        return limit < stats->wake_max_ns ? limit : stats->wake_max_ns;
                }
        }
        return stats->wake_max_ns;
}
