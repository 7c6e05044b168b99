#include "command/commands.h"

#include "base/error.h"
#include "base/speaker.h"
#include "command/bar.h"
#include "command/bench_measure.h"
#include "command/output.h"
#include "command/session.h"
#include "cost/cost.h"
#include "engine/hosts.h"
#include "engine/team.h"
#include "report/bench_rows.h"
#include "topology/placement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { UNSET = -1, MOST_SIZES = 64, TRIES = 3 };
static const uint64_t MOST_UNTHROTTLED = 4ull << 30; /* MPI counts floats in an int */

struct request {
	const char *collective_name, *system_name, *algorithm, *stack;
	enum fs_collective collective;
	struct fs_chip_list chips;
	struct fs_override_list overrides;
	uint64_t begin, end, factor;
	int clock, compute, format;
	double dilation;
	bool quiet;
	struct fs_system *system; /* as loaded; jobs see it placed */
};

static int parse(const struct fs_command *self, int argc, char **argv, struct request *request,
                 struct fs_error *error)
{
	*request = (struct request){
	        .clock = FS_CLOCK_VIRTUAL, .compute = UNSET, .begin = 8, .end = 1 << 30, .factor = 2};
	const struct fs_option options[] = {
	        {"chips", 'n', FS_OPTION_CHIPS, &request->chips, "LIST",
	         "8 or 8,64,512 or 8..15488 (doubling)"},
	        {"begin", 'b', FS_OPTION_SIZE, &request->begin, "BYTES", "smallest size (8)", NULL, 1},
	        {"end", 'e', FS_OPTION_SIZE, &request->end, "BYTES", "largest size (1G)", NULL, 1},
	        {"factor", 'f', FS_OPTION_COUNT, &request->factor, "F", "from one size to the next (2)", NULL,
	         2},
	        {"algorithm", 'a', FS_OPTION_TEXT, &request->algorithm, "NAME",
	         "default: the one predicted fastest; mpi: MPI's own, unthrottled"},
	        {"clock", 0, FS_OPTION_CHOICE, &request->clock, NULL,
	         "wall, unthrottled: a rank for each chip (virtual)", "wall|virtual|unthrottled"},
	        {"compute", 0, FS_OPTION_CHOICE, &request->compute, NULL,
	         "as in run; a bare collective has no kernels", "blas|model"},
	        {"stack", 0, FS_OPTION_TEXT, &request->stack, "NAME",
	         "another software stack than the system's own"},
	        {"set", 0, FS_OPTION_OVERRIDE, &request->overrides, "PATH=VALUE",
	         "change a number of the system; repeatable"},
	        {"dilation", 0, FS_OPTION_REAL, &request->dilation, "D",
	         "wall: seconds per chip second (0: the least resolved)"},
	        {"format", 0, FS_OPTION_CHOICE, &request->format, NULL, "of the result (table)",
	         "table|csv|json"},
	        {"quiet", 'q', FS_OPTION_FLAG, &request->quiet, NULL, "no progress on stderr"},
	        {NULL},
	};
	const char *names[2] = {NULL, NULL};
	int count = fs_options_parse(self, options, argc, argv, names, 2, error);
	if (count < 0)
		return count;
	if (count < 2)
		return fs_fail(error, "which %s? usage: farscale %s", count ? "system" : "collective",
		               self->usage);
	request->collective_name = names[0];
	request->system_name = names[1];
	if (!request->chips.count)
		return fs_fail(error, "how many chips? give -n; usage: farscale %s", self->usage);
	if (request->end < request->begin)
		return fs_fail(error, "-e (%" PRIu64 ") is below -b (%" PRIu64 ")", request->end,
		               request->begin);
	return fs_collective_parse(request->collective_name, &request->collective, error);
}

/* Whether time is that of MPI's own collective. */
static bool by_mpi(const struct request *request)
{
	return request->algorithm && strcmp(request->algorithm, "mpi") == 0;
}

/* MPI's collective does what any schedule does; a flat one is the first in the table. */
static const char *schedule_of(const struct request *request)
{
	const struct fs_algorithm *row = fs_algorithms;
	while (by_mpi(request) && row->collective != request->collective)
		row++;
	return by_mpi(request) ? row->name : request->algorithm;
}

/* The job's system. A network that is taken as it is has no switches that reduce, as far as is known; who
 * asks for them by name is told so. */
static struct fs_system place(const struct request *request, uint64_t chips)
{
	struct fs_system placed = fs_system_place(request->system, chips);
	if (request->clock == FS_CLOCK_UNTHROTTLED && !request->algorithm)
		for (int k = 0; k < placed.tiers; k++)
			placed.tier[k].reduction.value = 0;
	return placed;
}

static int check_request_alone(const struct request *request, struct fs_error *error)
{
	if (by_mpi(request) && request->clock != FS_CLOCK_UNTHROTTLED)
		return fs_fail(error, "how MPI does it can only be timed with --clock unthrottled");
	if (request->clock == FS_CLOCK_UNTHROTTLED && request->end > MOST_UNTHROTTLED)
		return fs_fail(error,
		               "--clock unthrottled carries every byte, of 4 GiB at most; --end is %" PRIu64,
		               request->end);
	if (request->algorithm && !by_mpi(request) &&
	    !fs_algorithm_find(request->collective, request->algorithm, error))
		return -1;
	return 0;
}

static int check(struct request *request, int ranks, struct fs_error *error)
{
	uint64_t most = 0;
	if (check_request_alone(request, error))
		return -1;
	for (int i = 0; i < request->chips.count; i++) {
		uint64_t chips = request->chips.chips[i];
		struct fs_program *program;
		most = chips > most ? chips : most;
		if (request->clock != FS_CLOCK_VIRTUAL && chips > (uint64_t)ranks)
			return fs_fail(error,
			               "%s needs a rank for each of %" PRIu64
			               " chips and there %s %d: mpirun -n %" PRIu64,
			               request->clock == FS_CLOCK_WALL ? "the wall clock"
			                                               : "--clock unthrottled",
			               chips, ranks == 1 ? "is" : "are", ranks, chips);
		struct fs_system placed = place(request, chips);
		if (fs_program_for_collective(&placed, request->collective, chips, (double)request->begin,
		                              schedule_of(request), &program, error))
			return -1;
		fs_program_destroy(program);
	}
	if ((uint64_t)ranks > most)
		return fs_fail(error,
		               "%d ranks for %" PRIu64 " chip%s; a rank stands in for at least one chip",
		               ranks, most, most == 1 ? "" : "s");
	return 0;
}

static void describe(const struct request *request, const struct fs_system *placed,
                     const struct fs_program *program, uint64_t bytes, struct fs_bench_record *record)
{
	static const char *const clocks[] = {"wall", "virtual", "unthrottled"}; /* enum fs_clock */
	*record = (struct fs_bench_record){.chips = program->chips, .bytes = bytes};
	struct fs_group everyone = {(uint32_t)program->chips, 1};
	snprintf(record->collective, sizeof record->collective, "%s",
	         fs_collective_name(request->collective));
	snprintf(record->system, sizeof record->system, "%s", request->system->name);
	snprintf(record->stack, sizeof record->stack, "%s", request->system->stack.name);
	snprintf(record->algorithm, sizeof record->algorithm, "%s",
	         by_mpi(request) ? request->algorithm : program->schedule[0]->algorithm);
	snprintf(record->clock, sizeof record->clock, "%s", clocks[request->clock]);
	record->bound_s = fs_cost_bound_s(placed, everyone, request->collective, (double)bytes);
	record->trust[0] = fs_system_trust(request->system);
}

/* What the first ranks found, for those that are not needed for so few chips. */
struct finding {
	struct fs_bench_record record;
	int status;
	struct fs_error error;
};

static int share(struct fs_session *session, struct fs_bench_record *record, int status,
                 struct fs_error *error)
{
	struct finding finding = {*record, status, *error};
	fs_team_broadcast(session->team, &finding, sizeof finding, 0);
	*record = finding.record;
	*error = finding.error;
	return finding.status;
}

static int run_one(const struct request *request, struct fs_session *session, struct fs_bar *bar,
                   uint64_t chips, uint64_t bytes, struct fs_bench_record *record, struct fs_error *error)
{
	struct fs_system placed = place(request, chips);
	struct fs_program *program;
	int status = FS_DONE;
	if (fs_program_for_collective(&placed, request->collective, chips, (double)bytes,
	                              schedule_of(request), &program, error))
		return FS_BAD_INPUT;
	describe(request, &placed, program, bytes, record);
	bool too_many = chips < (uint64_t)fs_team_ranks(session->team);
	struct fs_team *team = too_many ? fs_team_first(session->team, (int)chips) : session->team;
	const struct fs_bench_case one = {.collective = request->collective,
	                                  .clock = request->clock,
	                                  .dilation = request->dilation,
	                                  .by_mpi = by_mpi(request),
	                                  .calibration = fs_session_calibration(session),
	                                  .bar = bar,
	                                  .placed = &placed,
	                                  .program = program};
	for (int i = 0; team && i < TRIES && (i == 0 || status == FS_CHECK_FAILED); i++)
		status = fs_bench_measure(team, &one, record, error);
	fs_program_destroy(program);
	if (too_many) {
		status = share(session, record, status, error);
		fs_team_destroy(team);
	}
	if (status == FS_DONE && record->wrong) {
		fs_fail(error, "elements came out wrong; see #wrong");
		return FS_CHECK_FAILED;
	}
	return status;
}

static int sizes_of(const struct request *request, uint64_t *sizes)
{
	int count = 0;
	for (uint64_t bytes = request->begin; bytes <= request->end && count < MOST_SIZES;
	     bytes *= request->factor) {
		sizes[count++] = bytes;
		if (bytes > UINT64_MAX / request->factor)
			break;
	}
	return count;
}

/* For the bar, to weigh cases against each other: what the virtual clock has to do, and something for
 * starting it. On the wall clock one is like the next. */
static double work_of(const struct request *request, uint64_t chips, uint64_t bytes)
{
	const struct fs_engine_options once = {.compute = FS_COMPUTE_MODEL, .steps = 1};
	struct fs_system placed = place(request, chips);
	struct fs_program *program;
	struct fs_error ignored;
	double work = 1e6;
	if (request->clock != FS_CLOCK_VIRTUAL ||
	    fs_program_for_collective(&placed, request->collective, chips, (double)bytes, request->algorithm,
	                              &program, &ignored))
		return work;
	work += fs_virtual_effort(program, &once);
	fs_program_destroy(program);
	return work;
}

static double work_of_all(const struct request *request, const uint64_t *sizes, int size_count)
{
	double sum = 0;
	for (int c = 0; c < request->chips.count; c++)
		for (int s = 0; s < size_count; s++)
			sum += work_of(request, request->chips.chips[c], sizes[s]);
	return sum;
}

static void begin_case(struct fs_bar *bar, const struct request *request, uint64_t chips, uint64_t bytes)
{
	char label[96];
	snprintf(label, sizeof label, "%s, %" PRIu64 " chips, %" PRIu64 " bytes",
	         fs_collective_name(request->collective), chips, bytes);
	fs_bar_begin_case(bar, label, work_of(request, chips, bytes));
}

/* Prints each row when it is there. */
static int run_all(const struct request *request, struct fs_session *session, struct fs_error *error)
{
	uint64_t sizes[MOST_SIZES];
	int size_count = sizes_of(request, sizes), status = FS_DONE;
	struct fs_bench_rows rows;
	struct fs_bar bar;
	fs_bench_rows_begin(&rows, stdout, request->format);
	fs_bar_start(&bar, "bench", request->quiet, request->chips.count * size_count,
	             work_of_all(request, sizes, size_count));
	for (int c = 0; c < request->chips.count; c++)
		for (int s = 0; s < size_count && status != FS_BAD_INPUT; s++) {
			uint64_t chips = request->chips.chips[c];
			struct fs_bench_record record = {0};
			begin_case(&bar, request, chips, sizes[s]);
			int one = run_one(request, session, &bar, chips, sizes[s], &record, error);
			status = one ? one : status;
			record.rank_memory_MB = fs_team_memory_MB(session->team);
			fs_bar_end_case(&bar);
			fs_bar_hide(&bar);
			if (one != FS_BAD_INPUT && fs_speaks())
				fs_bench_rows_add(&rows, &record);
		}
	fs_bar_end(&bar);
	if (fs_speaks())
		fs_bench_rows_end(&rows);
	return status;
}

static int run_and_print(const struct fs_command *self, const struct request *request,
                         struct fs_session *session, struct fs_error *error)
{
	int status = run_all(request, session, error);
	if (status)
		fs_command_refuse(self, error);
	if (fs_speaks() && fs_output_finish(self) && status == FS_DONE)
		status = FS_CHECK_FAILED;
	return status;
}

int fs_bench_command(const struct fs_command *self, int argc, char **argv)
{
	struct request request;
	struct fs_error error = {""};
	struct fs_session session;
	int parsed = parse(self, argc, argv, &request, &error);
	if (parsed == FS_HELP_PRINTED)
		return FS_DONE;
	if (parsed || fs_system_load(request.system_name, request.stack, request.overrides.item,
	                             request.overrides.count, &request.system, &error))
		return fs_command_refuse(self, &error);
	int status = FS_BAD_INPUT;
	if (check(&request, fs_team_expected_ranks(), &error) ||
	    fs_session_start(&session, request.clock == FS_CLOCK_WALL, request.quiet, &error)) {
		fs_command_refuse(self, &error);
	} else {
		if (request.clock != FS_CLOCK_WALL && request.dilation > 0 && fs_speaks())
			fprintf(stderr, "farscale bench: warning: --dilation changes nothing %s\n",
			        request.clock == FS_CLOCK_VIRTUAL ? "on the virtual clock" : "unthrottled");
		status = run_and_print(self, &request, &session, &error);
		fs_session_finish(&session);
	}
	fs_system_destroy(request.system);
	return status;
}
