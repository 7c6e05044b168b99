#include "command/commands.h"

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

const struct fs_command fs_commands[] = {
        {"show", "a system, stack or model as it is resolved, every number with its source",
         "show [NAME] [options]",
         "Prints every resolved number of a system with its unit, source and trust letter (R read in the "
         "source, D\n"
         "derived, M from memory, E estimate, U set by you), and where its deployed size ends. With "
         "--fabric: the networks of its\n"
         "tiers, every group full: links, switches, optical modules, bisection bandwidth, diameter. --svg "
         "draws them: one group of\n"
         "each tier, and what is down in red.\n\n"
         "Of a model: dimensions, parameters and flop by part; with -n also the resolved layout and the "
         "memory of each stage's\n"
         "chips. A model of your own is "
         "custom:layers=...,hidden=...,heads=...,ffn=...,vocabulary=...,sequence=..., keys as in\n"
         "kernels/models. Without NAME: what there is.",
         "  farscale show\n"
         "  farscale show cloudmatrix-384\n"
         "  farscale show nvl72-gb200 --set tier.ib_ndr.bandwidth_GBps=100\n"
         "  farscale show dgx-h100-superpod --format json | jq .chip\n"
         "  farscale show h800-deepseek --fabric\n"
         "  farscale show dgx-h100-superpod --svg fabric.svg --set fabric.down=nvlink4/3:port5-switch0\n"
         "  farscale show llama3-405b -n 16384 --system dgx-h100-superpod --layout "
         "tp=8,pp=16,vpp=8,gbs=2048,zero=1",
         fs_show_run},
        {"calibrate", "measure this host: BLAS kernels, timer, MPI", "calibrate [options]",
         "Measures each kernel (median and spread) with the fastest OpenBLAS core type, how late sleeps end, "
         "and, under\n"
         "mpirun, MPI latency and bandwidth. The result is kept in the cache directory; run and sweep use it "
         "and measure\n"
         "anew when the host has changed.",
         "  farscale calibrate\n"
         "  mpirun -n 2 farscale calibrate --again",
         fs_calibrate_run},
        {"bench", "one collective on a system, as nccl-tests would show it",
         "bench COLLECTIVE SYSTEM -n LIST [-b 8 -e 1G -f 2] [options]",
         "COLLECTIVE is allreduce, allgather, reduce_scatter, alltoall, broadcast or sendrecv. Sizes, algbw "
         "and busbw are\n"
         "defined as in nccl-tests. On the wall clock real messages are throttled to the system's links and "
         "every element\n"
         "is checked (#wrong). --clock unthrottled measures the network at hand instead: all bytes, as fast "
         "as MPI carries them,\n"
         "by the same algorithms or by MPI's own; SYSTEM says what is near what.",
         "  farscale bench allreduce cloudmatrix-384 -n 384\n"
         "  farscale bench alltoall nvl72-gb200 -n 72,144 -b 1M -e 1G -f 4 --algorithm pairwise\n"
         "  mpirun -n 8 farscale bench allreduce dgx-h100-superpod -n 8 -b 1M -e 256M -f 4 --clock wall\n"
         "  mpirun -n 8 farscale bench allreduce dgx-h100-superpod -n 8 -b 1M -e 64M --algorithm mpi --clock "
         "unthrottled",
         fs_bench_command},
        {"run", "train a model on a system, live or at scale",
         "run SYSTEM --model MODEL -n LIST | --workload PREFIX|FILE [options]",
         "Each rank stands in for an equal share of the chips. With a rank for each chip the wall clock "
         "runs: real BLAS\n"
         "compute, real gradients over throttled links, compared with the virtual clock. With more chips "
         "than ranks the\n"
         "virtual clock runs: every chip has its own time and its own jitter.\n\n"
         "Without --layout whole models take the fastest layout that fits the chips (farscale plan), so that "
         "systems are compared\n"
         "each at its best, with as many sequences as chips; --layout auto,gbs=2048,seq=8192 fixes some keys "
         "and plans the rest.\n"
         "With any other --layout what is missing is derived. Plain slices (dp-gpt, dp-moe) are derived, "
         "too.\n\n"
         "With --workload it runs what others wrote down, once and without jitter: Chakra execution traces, "
         "a file a chip, or a\n"
         "workload file of SimAI (AICB). --chakra writes such traces, --trace what some chips did when.",
         "  farscale run cloudmatrix-384 --model dp-gpt -n 8..15488\n"
         "  farscale run dgx-h100-superpod --model llama3-70b -n 64..1024\n"
         "  farscale run nvl72-gb200 --model deepseek-v3 -n 576 --layout auto,gbs=4608,dtype=fp8\n"
         "  farscale run dgx-h100-superpod --model dp-moe -n 64 --trace step.json --trace-chips 0,8\n"
         "  farscale run dgx-h100-superpod --model dp-gpt -n 64 --chakra traces/gpt\n"
         "  farscale run cloudmatrix-384 --workload traces/gpt\n"
         "  farscale run h800-deepseek --workload workload_analytical.txt --trace step.json\n"
         "  mpirun -n 8 farscale run dgx-h100-superpod --model dp-moe -n 2,4,8 --clock wall\n"
         "  mpirun -n 2 farscale run nvl72-gb200 --model dp-gpt -n 15488 --seed 7 --format json\n"
         "  farscale run cloudmatrix-384 --model dp-gpt -n 384 --stack nccl --set "
         "tier.roce.bandwidth_GBps=50",
         fs_run_command},
        {"sweep", "many runs from a file; resumes where it was stopped", "sweep FILE.yaml [options]",
         "Runs all points of the file's axes (systems x models x chips x stacks x seeds x overrides), farmed "
         "over the\n"
         "ranks, and appends each result to results/runs/NAME/records.jsonl at once. Started again, it goes "
         "on with what is\n"
         "missing; then it reports. To start anew (a file of a system has changed, say), remove the folder "
         "or give\n"
         "another --output.\n\n"
         "Several jobs share a sweep by --share 1/4, 2/4, ...: each has cases of its own, about the same "
         "work, "
         "and a file of\n"
         "records of its own in the folder. report and a later sweep, in whatever shares or none, read all "
         "of them.",
         "  farscale sweep launch/sweeps/collapse.yaml\n"
         "  mpirun -n 8 farscale sweep launch/sweeps/quickstart.yaml\n"
         "  farscale sweep launch/sweeps/collapse.yaml --share 2/4",
         fs_sweep_command},
        {"plan", "the fastest layouts of a model that fit a system",
         "plan SYSTEM --model MODEL -n LIST [options]",
         "Estimates every legal layout (tensor, context, expert, data and pipeline parallelism, micro-batch, "
         "schedule,\n"
         "recomputation, sharding) by a closed form. Of the fastest that fit the chips' memory up to a "
         "hundred are "
         "timed by the\n"
         "engine, as many as it does in about 20 s over all sizes, and sorted by that; the others follow. "
         "Where "
         "a step's time goes\n"
         "is the closed form's. --layout gives keys that are not searched; gbs is else as many sequences as "
         "chips. A "
         "size "
         "on which\n"
         "nothing fits says so on stderr.",
         "  farscale plan dgx-h100-superpod --model llama3-70b -n 64..1024\n"
         "  farscale plan dgx-h100-superpod --model llama3-405b -n 16384 --layout gbs=2048,zero=1\n"
         "  farscale plan h800-deepseek --model deepseek-v3 -n 2048 --layout "
         "gbs=15360,dtype=fp8,schedule=dualpipe --format json",
         fs_plan_command},
        {"report", "records into a table, CSV and plots", "report DIRECTORY|FILE ... [options]",
         "Reads the records of one or several sweeps (of a directory: all shares) and writes a table, CSV "
         "and plots\n(PNG and SVG, if gnuplot is there).",
         "  farscale report results/runs/quickstart\n"
         "  farscale report results/runs/quickstart --format json | jq '.[0]'",
         fs_report_command},
        {"validate", "published measurements against predictions", "validate [SET ...] [options]",
         "Predicts every measurement of the sets (all of tests/validation, by name, or files of your own) "
         "and "
         "compares: mean and\n"
         "median of absolute errors, bias, the worst row, and Spearman's rank correlation where layouts are "
         "compared. Exit\n"
         "status 1 if a set is over its bar.\n\n"
         "--fit finds values of numbers, within bounds, that make the mean absolute error least, each set "
         "weighing the same:\n"
         "numbers given with --free (any path that --set takes and that is one number), or those that sets "
         "name by fits:. It prints\n"
         "for each what was in the file, what fits, and by how much the error grows when it is moved by "
         "10 %: little, and the\n"
         "measurements do not fix it. leave-one-out: rows are in groups (one model's, or groups_of:); each "
         "is predicted by a fit\n"
         "to all others. Fits go by arithmetic (--estimate) and are checked by the engine; they write "
         "nothing.",
         "  farscale validate\n"
         "  farscale validate --list\n"
         "  farscale validate sc21 korthikanti --rows --plot predicted.png\n"
         "  farscale validate vtrain-single --format json --set stack.launch_us=3 | jq .error\n"
         "  farscale validate korthikanti --leave-one-out\n"
         "  farscale validate ./mine.yaml --free "
         "stack.kernel.memory_efficiency=0.5..1,stack.launch_us=1..50",
         fs_validate_command},
        {"help", "this list, or a command's options and examples", "help [COMMAND]", NULL,
         "  farscale help run", fs_help_command},
        {NULL},
};

const struct fs_command *fs_command_find(const char *name, struct fs_error *error)
{
	const char *names[sizeof fs_commands / sizeof *fs_commands] = {NULL};
	for (int i = 0; fs_commands[i].name; i++) {
		if (strcmp(fs_commands[i].name, name) == 0)
			return &fs_commands[i];
		names[i] = fs_commands[i].name;
	}
	const char *nearest = fs_text_nearest(name, names);
	if (nearest)
		fs_fail(error, "unknown command '%.40s'; did you mean %s?", name, nearest);
	else
		fs_fail(error, "unknown command '%.40s'; farscale help lists what there is", name);
	return NULL;
}
