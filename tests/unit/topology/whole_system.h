#ifndef FARSCALE_TESTS_WHOLE_SYSTEM_H
#define FARSCALE_TESTS_WHOLE_SYSTEM_H

/* A system from scratch, chip and stack included, in one file. */
static const char whole_system[] = "schema: farscale-system/1\n"                            /* 1 */
                                   "name: tiny\n"                                           /* 2 */
                                   "label: A tiny cluster\n"                                /* 3 */
                                   "trust: E\n"                                             /* 4 */
                                   "source: guess\n"                                        /* 5 */
                                   "deployed_chips: {value: 16, trust: R, source: sheet}\n" /* 6 */
                                   "chip:\n"                                                /* 7 */
                                   "  name: toy\n"                                          /* 8 */
                                   "  label: A toy chip\n"                                  /* 9 */
                                   "  unit: package\n"                                      /* 10 */
                                   "  peak_bf16_TFLOPS: 100\n"                              /* 11 */
                                   "  memory_GB: 16\n"                                      /* 12 */
                                   "  memory_TBps: 0.5\n"                                   /* 13 */
                                   "  power_W: 75\n"                                        /* 14 */
                                   "tiers:\n"                                               /* 15 */
                                   "  - name: node\n"                                       /* 16 */
                                   "    kind: scale_up\n"                                   /* 17 */
                                   "    trust: D\n"                                         /* 18 */
                                   "    source: [sheet, guess]\n"                           /* 19 */
                                   "    group: 4\n"                                         /* 20 */
                                   "    bandwidth_GBps: {value: 100, trust: M}\n"           /* 21 */
                                   "    efficiency: 0.8\n"                                  /* 22 */
                                   "    latency_us: 1\n"                                    /* 23 */
                                   "  - name: net\n"                                        /* 24 */
                                   "    kind: scale_out\n"                                  /* 25 */
                                   "    group: 16\n"                                        /* 26 */
                                   "    bandwidth_GBps: 10\n"                               /* 27 */
                                   "    efficiency: 0.5\n"                                  /* 28 */
                                   "    latency_us: 5\n"                                    /* 29 */
                                   "    oversubscription: 2\n"                              /* 30 */
                                   "stack:\n"                                               /* 31 */
                                   "  name: toyware\n"                                      /* 32 */
                                   "  label: Toy software\n"                                /* 33 */
                                   "  launch_us: 3\n"                                       /* 34 */
                                   "  overlap_slowdown: 0.1\n"                              /* 35 */
                                   "  jitter: none\n"                                       /* 36 */
                                   "  kernels:\n"                                           /* 37 */
                                   "    - chip: default\n"                                  /* 38 */
                                   "      min_kernel_us: 2\n"                               /* 39 */
                                   "      memory_efficiency: 0.9\n"                         /* 40 */
                                   "      gemm:\n"                                          /* 41 */
                                   "        log10_flop: [8, 10]\n"                          /* 42 */
                                   "        efficiency: [0.1, 0.6]\n"                       /* 43 */
                                   "sources:\n"                                             /* 44 */
                                   "  sheet: The data sheet\n"                              /* 45 */
                                   "  guess: A guess\n";                                    /* 46 */

#endif
