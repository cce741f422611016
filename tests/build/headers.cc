// SPDX-License-Identifier: MIT
// The public interface as a C++ program sees it.
#include <rota/asid.h>
#include <rota/rota.h>
#include <rota/user.h>

#include <stdio.h>

static int failed;

static void expect(bool good, const char *name)
{
        printf("%s %s\n", good ? "ok" : "not ok", name);
        failed += !good;
}

int main()
{
        rota_handle none = ROTA_HANDLE_NONE;
        none = ROTA_HANDLE_NONE;
        expect(!rota_handle_valid(none), "C++: a handle is a plain structure");

        rota_affinity affinity = rota_affinity_cpu(3);
        expect(rota_affinity_allows(affinity, 3) && !rota_affinity_allows(affinity, 2),
                "C++: inline functions of affinity");

        rota_timeout timeout = rota_timeout_after(5 * ROTA_MS);
        (void)timeout;
        expect(rota_histogram_limit(rota_histogram_bucket(1000)) >= 1000,
                "C++: inline functions of statistics");

        rota_thread_options options = {};
        options.task.params.priority = ROTA_PRIO_DEFAULT;
        expect(options.stack == nullptr, "C++: options begin as zero");
        return failed != 0;
}
