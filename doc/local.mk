dist_man_MANS += \
	%D%/man/rbl-ingest.1 \
	%D%/man/rbl-www.8 \
	%D%/man/rbl.conf.5 \
	%D%/man/rblctl.8 \
	%D%/man/rbld.8
dist_doc_DATA += \
	README \
	%D%/ARCHITECTURE \
	%D%/BENCHMARKS \
	%D%/FORMATS \
	%D%/HACKING \
	%D%/item.png \
	%D%/queue.png \
	%D%/rbl.conf.sample
