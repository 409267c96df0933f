package onebox
import ("testing";"context";"time";"path/filepath";"slices";"os";"os/exec";"strconv";"fmt"
"go.temporal.io/sdk/client";"go.temporal.io/sdk/workflow";"go.temporal.io/sdk/worker")
func upd(ctx workflow.Context) error {
 n:=0
 workflow.SetUpdateHandler(ctx,"u",func(ctx workflow.Context,x int)(int,error){n++;
  lctx:=workflow.WithLocalActivityOptions(ctx,workflow.LocalActivityOptions{ScheduleToCloseTimeout:time.Second})
  var r int; err:=workflow.ExecuteLocalActivity(lctx,func(ctx context.Context,x int)(int,error){return x+1,nil},x).Get(ctx,&r); return r,err})
 return workflow.Await(ctx,func()bool{return n>=100000})
}
func tim(ctx workflow.Context)(time.Duration,error){ b:=time.Now();err:=workflow.Sleep(ctx,500*time.Millisecond); return time.Since(b),err}
func TestBench(t *testing.T){
 dir:=place(t); po:=postgresIn(t,dir); po.Durable=os.Getenv("DUR")!=""
 p:=startPostgres(t,po)
 s:=startTemporal(t,TemporalOptions{Dir:filepath.Join(dir,"temporal"),AdminURL:p.AdminURL,Port:freePort(t)})
 c:=connect(t,s)
 w:=worker.New(c,"b",worker.Options{}); w.RegisterWorkflow(upd); w.RegisterWorkflow(tim); if err:=w.Start();err!=nil{t.Fatal(err)}; defer w.Stop()
 ctx:=context.Background()
 stat:=func(n string, f func(i int)){ var d []time.Duration; for i:=range 100 {b:=time.Now(); f(i); d=append(d,time.Since(b))}; slices.Sort(d); t.Logf("%s p50 %v p95 %v max %v",n,d[50].Round(100*time.Microsecond),d[95].Round(100*time.Microsecond),d[99].Round(100*time.Microsecond))}
 stat("start+signal+complete",func(i int){ r,err:=c.ExecuteWorkflow(ctx,client.StartWorkflowOptions{ID:"g"+strconv.Itoa(i),TaskQueue:"test"},greet); if err!=nil{t.Fatal(err)}; c.SignalWorkflow(ctx,r.GetID(),"","name","x"); if err:=r.Get(ctx,nil);err!=nil{t.Fatal(err)}})
 r,err:=c.ExecuteWorkflow(ctx,client.StartWorkflowOptions{ID:"u",TaskQueue:"b"},upd); if err!=nil{t.Fatal(err)}
 stat("update+local",func(i int){ h,err:=c.UpdateWorkflow(ctx,client.UpdateWorkflowOptions{WorkflowID:r.GetID(),UpdateName:"u",Args:[]any{i},WaitForStage:client.WorkflowUpdateStageCompleted}); if err!=nil{t.Fatal(err)}; if err:=h.Get(ctx,nil);err!=nil{t.Fatal(err)}})
 var late []time.Duration
 var runs []client.WorkflowRun
 for i:=range 30 { r,err:=c.ExecuteWorkflow(ctx,client.StartWorkflowOptions{ID:"t"+strconv.Itoa(i),TaskQueue:"b"},tim); if err!=nil{t.Fatal(err)}; runs=append(runs,r); time.Sleep(37*time.Millisecond)}
 for _,r:=range runs { if err:=r.Get(ctx,nil);err!=nil{t.Fatal(err)}
  it:=c.GetWorkflowHistory(ctx,r.GetID(),"",false,1); var a,b time.Time
  for it.HasNext(){e,_:=it.Next(); if e.GetTimerStartedEventAttributes()!=nil{a=e.EventTime.AsTime()}; if e.GetTimerFiredEventAttributes()!=nil{b=e.EventTime.AsTime()}}
  late=append(late,b.Sub(a)-500*time.Millisecond)}
 slices.Sort(late); t.Logf("timer lateness p50 %v max %v",late[15],late[29])
 cpu:=func(pid int)string{b,_:=exec.Command("sh","-c",fmt.Sprintf("awk '{print ($14+$15)*10}' /proc/%d/stat; grep VmRSS /proc/%d/status",pid,pid)).Output();return string(b)}
 pid:=s.child.Load().process.Pid
 t.Log("cpu ms", cpu(pid)); time.Sleep(10*time.Second); t.Log("cpu ms after 10 idle s",cpu(pid))
 t.Log("conns", query(t,p,`select count(*)::text from pg_stat_activity where usename='temporal'`))
}
