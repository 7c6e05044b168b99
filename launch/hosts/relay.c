/*
 * hosts-relay DELAY_US PORT...: a switch for launch/hosts-local, between network interfaces of this network
 * namespace, that holds every frame for DELAY_US before it sends it on. It learns who is behind which port,
 * and sends to all others what it does not know or what is for everybody. How fast its ports send is for
 * their queueing discipline (tc's tbf).
 *
 * It is here because netem, which could do the same, is missing from many kernels; so it is used on all of
 * them. A frame's delay counts from when the kernel had it, and it runs before ordinary processes where it
 * may, so that a busy machine does not make it longer. A frame that is lost is reported: there should be
 * none.
 */

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_PORTS = 512,
	BATCH = 32,
	LONGEST = 68 * 1024,              /* a frame that is still to be cut into segments, and its header */
	ADDRESSES = 4096,                 /* places in the table of who is where; a power of two */
	QUEUED_BYTES = 512 * 1024 * 1024, /* in a port's queueing discipline, at most */
	UNREAD_BYTES = 128 * 1024 * 1024
};

struct frame {
	struct frame *next;
	int64_t due_ns; /* CLOCK_MONOTONIC */
	int port;       /* by which it came */
	size_t size;
	unsigned char data[]; /* virtio_net_hdr (checksums and segments to be made), Ethernet frame */
};

struct place {
	unsigned char address[ETH_ALEN];
	int port;
	bool known;
};

static int ports, port_socket[MOST_PORTS];
static char *port_name[MOST_PORTS];
static int64_t delay_ns;
static struct frame *first, **end = &first; /* all frames wait equally long: first come, first go */
static struct place table[ADDRESSES];
static uint64_t lost;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "hosts-relay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static void set(int socket, int level, int option, int value, const char *what)
{
	if (setsockopt(socket, level, option, &value, sizeof value))
		die(what);
}

static int open_port(const char *name)
{
	int port = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (port < 0)
		die("a packet socket");
	set(port, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
	set(port, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
	set(port, SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
	set(port, SOL_SOCKET, SO_SNDBUFFORCE, QUEUED_BYTES, "SO_SNDBUFFORCE");
	set(port, SOL_SOCKET, SO_RCVBUFFORCE, UNREAD_BYTES, "SO_RCVBUFFORCE");
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
	                              .sll_protocol = htons(ETH_P_ALL),
	                              .sll_ifindex = (int)if_nametoindex(name)};
	if (!address.sll_ifindex || bind(port, (struct sockaddr *)&address, sizeof address))
		die(name);
	return port;
}

static struct place *place_of(const unsigned char *address)
{
	uint32_t hash = 2166136261u;
	for (int i = 0; i < ETH_ALEN; i++)
		hash = (hash ^ address[i]) * 16777619u;
	return &table[(hash ^ hash >> 16) % ADDRESSES];
}

static void learn(const struct frame *frame)
{
	const struct ether_header *header = (const void *)(frame->data + sizeof(struct virtio_net_hdr));
	struct place *place = place_of(header->ether_shost);
	memcpy(place->address, header->ether_shost, ETH_ALEN);
	place->port = frame->port;
	place->known = true;
}

static void lose(int port, const char *why)
{
	if ((lost & (lost - 1)) == 0) /* not a line for each of thousands */
		fprintf(stderr, "hosts-relay: %s: lost a frame (%s); the network is not what it should be\n",
		        port_name[port], why);
	lost++;
}

static void send_by(int port, const struct frame *frame)
{
	if (send(port_socket[port], frame->data, frame->size, MSG_DONTWAIT) < 0)
		lose(port, strerror(errno));
}

static void send_on(const struct frame *frame)
{
	const struct ether_header *header = (const void *)(frame->data + sizeof(struct virtio_net_hdr));
	const struct place *to = place_of(header->ether_dhost);
	bool one = !(header->ether_dhost[0] & 1) && to->known &&
	           memcmp(to->address, header->ether_dhost, ETH_ALEN) == 0;
	for (int port = 0; port < ports; port++)
		if (port != frame->port && (!one || port == to->port))
			send_by(port, frame);
}

static void send_due(void)
{
	while (first && first->due_ns <= clock_ns(CLOCK_MONOTONIC)) {
		struct frame *frame = first;
		send_on(frame);
		first = frame->next;
		if (!first)
			end = &first;
		free(frame);
	}
}

/* How long ago the kernel got the frame; its clock is the real-time one, which may be set meanwhile. */
static int64_t age_ns(struct msghdr *message, int64_t real_ns)
{
	int64_t age = 0;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		struct timespec stamp;
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
		age = real_ns - (stamp.tv_sec * 1000000000ll + stamp.tv_nsec);
	}
	return age < 0 ? 0 : age < delay_ns ? age : delay_ns;
}

static void keep(int port, const void *data, size_t size, int64_t due_ns)
{
	struct frame *frame = malloc(sizeof *frame + size);
	if (!frame)
		die("memory");
	*frame = (struct frame){.due_ns = due_ns, .port = port, .size = size};
	memcpy(frame->data, data, size);
	learn(frame);
	*end = frame;
	end = &frame->next;
}

/* Returns how many frames there were; at most BATCH. */
static int receive(int port)
{
	static unsigned char data[BATCH][LONGEST];
	static char control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
	struct iovec place[BATCH];
	struct mmsghdr message[BATCH] = {0};
	for (int i = 0; i < BATCH; i++) {
		place[i] = (struct iovec){data[i], LONGEST};
		message[i].msg_hdr = (struct msghdr){.msg_iov = &place[i],
		                                     .msg_iovlen = 1,
		                                     .msg_control = control[i],
		                                     .msg_controllen = sizeof control[i]};
	}
	int count = recvmmsg(port_socket[port], message, BATCH, MSG_DONTWAIT, NULL);
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC), real_ns = clock_ns(CLOCK_REALTIME);
	for (int i = 0; i < count; i++) {
		if (message[i].msg_len < sizeof(struct virtio_net_hdr) + sizeof(struct ether_header))
			continue;
		if (message[i].msg_hdr.msg_flags & MSG_TRUNC)
			lose(port, "too long");
		else
			keep(port, data[i], message[i].msg_len,
			     now_ns - age_ns(&message[i].msg_hdr, real_ns) + delay_ns);
	}
	return count;
}

/* What came faster than it was read. */
static void count_unread(int port)
{
	struct tpacket_stats unread;
	socklen_t size = sizeof unread;
	if (getsockopt(port_socket[port], SOL_PACKET, PACKET_STATISTICS, &unread, &size) == 0 &&
	    unread.tp_drops)
		lose(port, "not read in time");
}

static void serve(int all_ports)
{
	struct epoll_event ready[MOST_PORTS];
	for (uint32_t round = 0;; round++) {
		send_due();
		int64_t wait_ns = first ? first->due_ns - clock_ns(CLOCK_MONOTONIC) : 1000000000;
		wait_ns = wait_ns < 0 ? 0 : wait_ns;
		struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
		int count = epoll_pwait2(all_ports, ready, MOST_PORTS, &wait, NULL);
		for (int i = 0; i < count; i++)
			receive((int)ready[i].data.u32);
		if (!first || round % 4096 == 0)
			for (int port = 0; port < ports; port++)
				count_unread(port);
	}
}

/* As real time where it may; else as well as it goes. */
static void hurry(void)
{
	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
}

int main(int argc, char **argv)
{
	char *rest;
	double delay_us = argc > 2 ? strtod(argv[1], &rest) : -1;
	if (argc < 3 || *rest || !(delay_us >= 0 && delay_us <= 1e7) || argc - 2 > MOST_PORTS) {
		fprintf(stderr, "usage: hosts-relay DELAY_US PORT...\n");
		return 2;
	}
	delay_ns = (int64_t)(delay_us * 1000);
	int all_ports = epoll_create1(EPOLL_CLOEXEC);
	if (all_ports < 0)
		die("epoll");
	for (ports = 0; ports < argc - 2; ports++) {
		port_name[ports] = argv[2 + ports];
		port_socket[ports] = open_port(port_name[ports]);
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)ports};
		if (epoll_ctl(all_ports, EPOLL_CTL_ADD, port_socket[ports], &event))
			die(port_name[ports]);
	}
	hurry();
	puts("ready");
	fflush(stdout);
	serve(all_ports);
}
