# data: blocks of "predicted measured bytes difference_% wall_difference_% hosts", named; out: the plots' name without an ending.
edge(x) = x > 20 ? 20 : x < -20 ? -20 : x
# A colour for each block, none of them pale.
colours = "#1b6ca8 #d1495b #2e933c #8e44ad #e08e0b #0f7173 #7a4419 #d4459c #4b4e6d #6b8e23 #111111 #c0392b #2980b9"
stats data using 1:2 nooutput
blocks = STATS_blocks
do for [ending in "png svg"] {
	if (ending eq "png") {
		set terminal pngcairo size 1500,720 font "Sans,13"
	} else {
		set terminal svg size 1500,720 dynamic font "Sans,13" background rgb "white"
	}
	set output out.".".ending
	set multiplot layout 1,2
	set grid lc rgb "#dddddd"
	set key top left reverse Left samplen 1 font ",11"
	set logscale xy
	set xlabel "predicted by the virtual clock (s)"
	set ylabel "measured over a really slow network (s)"
	set title "Collectives over 2 to 8 hosts"
	set format xy "10^{%L}"
	plot x with lines lc rgb "#888888" dt 2 title "measured = predicted", \
		for [i = 0:blocks - 1] data index i using 1:2 with points pt (i % 12) + 1 lc rgb word(colours, i % 13 + 1) ps 1.3 title columnheader(1)
	unset logscale y
	set format x "%.0s %cB"
	set format y "%+.0f %%"
	set xlabel "bytes of the collective"
	set ylabel "measured against predicted (20 % or more: at the edge)"
	set title "Difference, by size"
	set yrange [-21:21]
	set xrange [40e3:14e6]
	set key off
	set object 1 rectangle from graph 0, first -5 to graph 1, first 5 fc rgb "#e8f4e8" fs solid noborder behind
	plot 0 with lines lc rgb "#888888" dt 2 notitle, \
		for [i = 0:blocks - 1] data index i using ($3 * (1 + 0.03 * (i - blocks / 2))):(edge($4)) with points pt (i % 12) + 1 lc rgb word(colours, i % 13 + 1) ps 1.3 notitle
	unset object 1
	unset multiplot
	set autoscale
	set output
}
