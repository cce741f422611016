/* SPDX-License-Identifier: MIT */
/* The ground floor: list, heap, bitmap, lock. */
#include "unit.h"

#include <pthread.h>

#include "base/bitmap.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/lock.h"

static void list_against_array(void **state)
{
        enum { N = 24 };
        struct rota_list head, nodes[N];
        uint32_t order[N];
        bool in[N] = {false};
        uint32_t length = 0;
        uint64_t seed = 1;

        (void)state;
        rota_list_init(&head);
        assert_true(rota_list_empty(&head));
        for (uint32_t round = 0; round < 20000; round++) {
                uint32_t i = chance(&seed, N);
                if (!in[i] && chance(&seed, 2)) {
                        rota_list_push_tail(&head, &nodes[i]);
                        order[length++] = i;
                        in[i] = true;
                } else if (!in[i]) {
                        rota_list_push_head(&head, &nodes[i]);
                        memmove(order + 1, order, length++ * sizeof(order[0]));
                        order[0] = i;
                        in[i] = true;
                } else {
                        uint32_t at = 0;
                        while (order[at] != i)
                                at++;
                        rota_list_remove(&nodes[i]);
                        memmove(order + at, order + at + 1, (--length - at) * sizeof(order[0]));
                        in[i] = false;
                }
                assert_int_equal(rota_list_verify(&head, N), length);
                uint32_t at = 0;
                rota_list_each (node, &head) {
                        assert_ptr_equal(node, &nodes[order[at]]);
                        at++;
                }
                assert_int_equal(at, length);
                assert_int_equal(rota_list_empty(&head), length == 0);
        }
}

static void list_verify_finds(void **state)
{
        struct rota_list head, a, b;

        (void)state;
        rota_list_init(&head);
        rota_list_push_tail(&head, &a);
        rota_list_push_tail(&head, &b);
        assert_int_equal(rota_list_verify(&head, 2), 2);
        b.prev = &head;
        assert_true(rota_list_verify(&head, 2) == SIZE_MAX);
        b.prev = &a;
        b.next = &a; /* a ring without the head */
        a.prev = &b;
        assert_true(rota_list_verify(&head, 2) == SIZE_MAX);
}

static void heap_against_model(void **state)
{
        enum { N = 64 };
        struct rota_heap_node nodes[N], *root = NULL;
        bool in[N] = {false};
        uint32_t count = 0;
        uint64_t seed = 2;

        (void)state;
        assert_int_equal(rota_heap_verify(NULL), 0);
        for (uint32_t round = 0; round < 50000; round++) {
                uint32_t i = chance(&seed, N);
                if (!in[i]) {
                        nodes[i].key = chance(&seed, 40);
                        rota_heap_insert(&root, &nodes[i]);
                        count++;
                } else {
                        rota_heap_remove(&root, &nodes[i]);
                        count--;
                }
                in[i] = !in[i];
                assert_int_equal(rota_heap_verify(root), count);
                uint64_t least = UINT64_MAX;
                for (uint32_t k = 0; k < N; k++)
                        if (in[k] && nodes[k].key < least)
                                least = nodes[k].key;
                assert_true(root ? root->key == least : count == 0);
        }
}

static void heap_sorts(void **state)
{
        enum { N = 1000 };
        struct rota_heap_node nodes[N], *root = NULL;
        uint64_t seed = 3, last = 0;

        (void)state;
        for (uint32_t i = 0; i < N; i++) {
                nodes[i].key = i % 3 ? chance(&seed, 1000000) : UINT64_MAX - i;
                rota_heap_insert(&root, &nodes[i]);
        }
        for (uint32_t i = 0; i < N; i++) {
                assert_true(root->key >= last);
                last = root->key;
                rota_heap_remove(&root, root);
        }
        assert_null(root);
        /* Leftist: rising keys make no long right spine. */
        for (uint32_t i = 0; i < N; i++) {
                nodes[i].key = i;
                rota_heap_insert(&root, &nodes[i]);
        }
        uint32_t spine = 0;
        for (struct rota_heap_node *n = root; n; n = n->right)
                spine++;
        assert_true(spine <= 10); /* log2(1001) */
        /* Verify finds a key out of order. */
        assert_int_equal(rota_heap_verify(root), N);
        root->left->key = 0;
        root->key = 1;
        assert_true(rota_heap_verify(root) == SIZE_MAX);
}

static void bitmap_against_array(void **state)
{
        enum { N = 200 };
        uintptr_t words[ROTA_BITMAP_WORDS_MAX(N)] = {0};
        bool model[N] = {false};
        uint64_t seed = 4;

        (void)state;
        assert_int_equal(ROTA_BITMAP_WORDS(1), 1);
        assert_int_equal(ROTA_BITMAP_WORDS(ROTA_WORD_BITS), 1);
        assert_int_equal(ROTA_BITMAP_WORDS(ROTA_WORD_BITS + 1), 2);
        for (uint32_t round = 0; round < 20000; round++) {
                uint32_t i = chance(&seed, N);
                model[i] = chance(&seed, 4) == 0;
                if (model[i])
                        rota_bitmap_set(words, i);
                else
                        rota_bitmap_clear(words, i);
                uint32_t first = 0;
                while (first < N && !model[first])
                        first++;
                assert_int_equal(rota_bitmap_first(words, N), first);
                i = chance(&seed, N);
                assert_int_equal(rota_bitmap_test(words, i), model[i]);
        }
        for (uint32_t bit = 0; bit < ROTA_WORD_BITS; bit++)
                assert_int_equal(
                        rota_lowest_bit(((uintptr_t)1 << bit) | (~(uintptr_t)0 << bit)), bit);
}

static uintptr_t lock;
static uint64_t counter;

static void *count_up(void *rounds)
{
        for (uintptr_t i = 0; i < (uintptr_t)rounds; i++) {
                rota_lock(&lock);
                counter++;
                rota_unlock(&lock);
        }
        return NULL;
}

static void lock_excludes(void **state)
{
        pthread_t threads[4];

        (void)state;
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, count_up, (void *)50000), 0);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(counter, 200000);
        assert_false(rota_locked(&lock));
        rota_lock(&lock);
        assert_true(rota_locked(&lock));
        rota_unlock(&lock);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_against_array),
        cmocka_unit_test(list_verify_finds),
        cmocka_unit_test(heap_against_model),
        cmocka_unit_test(heap_sorts),
        cmocka_unit_test(bitmap_against_array),
        cmocka_unit_test(lock_excludes),
};

RUN(tests)
